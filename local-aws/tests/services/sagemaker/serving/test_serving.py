"""The model server's parts: payloads decoded, models scored together, limits kept."""

from __future__ import annotations

import asyncio
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import xgboost
from scipy.sparse import csr_matrix

from local_aws.services.sagemaker.serving.app import Limits, ModelApplication
from local_aws.services.sagemaker.serving.decoding import decode, read_csv
from local_aws.services.sagemaker.serving.ensemble import Ensemble
from local_aws.services.sagemaker.serving.errors import BadPayloadError, UnsupportedPayloadError
from local_aws.services.sagemaker.serving.score_answers import ScoreAnswers, Settings
from tests.services.sagemaker.examples import FEATURES, train_booster

_MANY = 2000


class TestCsv:
    """What is a number, and what is missing."""

    @pytest.mark.parametrize(
        ("payload", "expected"),
        [
            (b"1,2,3", [[1, 2, 3]]),
            (b"1,2,3\n", [[1, 2, 3]]),
            (b"1,2\r\n3,4\r\n", [[1, 2], [3, 4]]),
            (b"1,,3\n,nan,NaN", [[1, np.nan, 3], [np.nan, np.nan, np.nan]]),
            (b"1e3, -2 ,+.5", [[1000, -2, 0.5]]),
            (b"1;2;3", [[1, 2, 3]]),
            (b"1\t2\n3\t4", [[1, 2], [3, 4]]),
        ],
    )
    def test_numbers(self, payload: bytes, expected: list) -> None:
        matrix, kind = decode(payload, "text/csv; charset=utf-8")
        assert kind == "csv"
        np.testing.assert_array_equal(matrix, np.array(expected, dtype=float))

    @pytest.mark.parametrize("payload", [b"a,b\n1,2", b"1,2\n1,2,3", b"1,2\n\n3,4", b'"1",2', b"1,NA", b"1,\xff"])
    def test_what_is_no_matrix_of_numbers(self, payload: bytes) -> None:
        with pytest.raises(UnsupportedPayloadError, match="ensure data is in csv format"):
            decode(payload, "text/csv")

    def test_infinity(self) -> None:
        with pytest.raises(UnsupportedPayloadError, match="inf"):
            decode(b"1,inf", "text/csv")

    @pytest.mark.parametrize("broken", ["", "1,2", "x,1,1", "1,1,NA", '"1",1,1'])
    def test_large_payloads_are_read_as_small_ones_are(self, broken: str) -> None:
        values = np.random.default_rng(0).normal(size=(_MANY, FEATURES))
        values[::11, 1] = np.nan
        lines = [",".join("" if np.isnan(value) else repr(float(value)) for value in row) for row in values]
        payload = "\n".join(lines).encode()

        np.testing.assert_array_equal(read_csv(payload), values)
        with pytest.raises(UnsupportedPayloadError):
            decode("\n".join([*lines[:-1], broken, lines[-1]]).encode(), "text/csv")


class TestOtherTypes:
    """Types beside CSV."""

    def test_payload_without_content_type_is_libsvm(self) -> None:
        assert decode(b"1 0:0.5 2:3", "")[1] == "libsvm"

    def test_libsvm_leaves_what_is_not_named_missing(self) -> None:
        matrix, kind = decode(b"1 0:0.5 2:3\n0 1:7", "text/libsvm")
        assert kind == "libsvm"
        assert isinstance(matrix, csr_matrix)
        np.testing.assert_array_equal(matrix.toarray(), [[0.5, 0, 3], [0, 7, 0]])

    @pytest.mark.parametrize(
        ("content_type", "words"),
        [
            ("application/json", "application/json is not an accepted ContentType: csv"),
            ("application/x-parquet", "Content-type application/x-parquet is not supported."),
            ("application/x-recordio-protobuf", "ensure data is in recordio-protobuf format"),
            ("text/csv; label_size=0", "label_size must be equal to 1"),
        ],
    )
    def test_what_is_not_read(self, content_type: str, words: str) -> None:
        with pytest.raises(UnsupportedPayloadError, match=words):
            decode(b"1", content_type)


def _save(booster: xgboost.Booster, path: Path) -> None:
    path.write_bytes(booster.save_raw("ubj"))


@pytest.mark.filterwarnings("ignore:.*Unknown file format")
class TestEnsemble:
    """Model folders."""

    def test_several_models_are_averaged(self, tmp_path: Path) -> None:
        boosters = [train_booster(FEATURES, seed) for seed in (1, 2)]
        for number, booster in enumerate(boosters):
            _save(booster, tmp_path / f"model-{number}.ubj")
        (tmp_path / ".hidden").write_text("no model")
        rows = np.random.default_rng(0).random((10, FEATURES))

        scores = Ensemble(tmp_path).predict(rows, "csv")

        expected = np.mean([booster.inplace_predict(rows) for booster in boosters], axis=0)
        np.testing.assert_array_equal(scores, expected)
        assert not np.array_equal(*(booster.inplace_predict(rows) for booster in boosters))

    def test_every_tree_counts_after_early_stopping(self, tmp_path: Path) -> None:
        random = np.random.default_rng(0)
        rows, labels = random.random((200, FEATURES)), random.integers(0, 2, 200)
        matrix = xgboost.DMatrix(rows, labels)
        held_out = xgboost.DMatrix(random.random((100, FEATURES)), random.integers(0, 2, 100))
        booster = xgboost.train(
            {"objective": "binary:logistic"}, matrix, 40, [(held_out, "v")], early_stopping_rounds=3, verbose_eval=False
        )
        _save(booster, tmp_path / "xgboost-model")

        scores = Ensemble(tmp_path).predict(rows, "csv")

        assert booster.best_iteration + 1 < booster.num_boosted_rounds()
        np.testing.assert_array_equal(scores, booster.predict(matrix))
        cut = booster[: booster.best_iteration + 1].predict(matrix)
        assert not np.array_equal(scores, cut)

    def test_linear_models_are_scored_too(self, tmp_path: Path) -> None:
        rows = np.random.default_rng(0).random((50, FEATURES))
        matrix = xgboost.DMatrix(rows, label=rows[:, 0])
        booster = xgboost.train({"booster": "gblinear", "objective": "reg:squarederror"}, matrix, 3)
        _save(booster, tmp_path / "xgboost-model")

        np.testing.assert_array_equal(Ensemble(tmp_path).predict(rows, "csv"), booster.predict(matrix))

    def test_more_columns_than_the_model_has(self, tmp_path: Path) -> None:
        _save(train_booster(FEATURES), tmp_path / "xgboost-model")

        with pytest.raises(BadPayloadError, match=f"data {FEATURES + 1} is not consistent .* model {FEATURES}"):
            Ensemble(tmp_path).predict(np.zeros((1, FEATURES + 1)), "csv")

    def test_records_may_lack_the_last_columns_as_xgboost_has_it(self, tmp_path: Path) -> None:
        booster = train_booster(FEATURES)
        _save(booster, tmp_path / "xgboost-model")
        ensemble = Ensemble(tmp_path)

        for rows, kind in ((decode(b"1 0:0.9", "text/libsvm")[0], "libsvm"), (np.array([[0.9]]), "csv")):
            scores = ensemble.predict(rows, kind)
            np.testing.assert_array_equal(scores, booster.predict(xgboost.DMatrix(rows), validate_features=False))
        with pytest.raises(BadPayloadError, match="libsvm inference data 4"):
            ensemble.predict(decode(b"1 3:0.9", "text/libsvm")[0], "libsvm")

    def test_pickled_model_takes_a_column_more_of_sparse_records_and_one_less_of_others(self, tmp_path: Path) -> None:
        booster = train_booster(FEATURES)
        (tmp_path / "xgboost-model").write_bytes(pickle.dumps(booster))
        ensemble = Ensemble(tmp_path)

        counted_from_one = ensemble.predict(decode(b"1 1:0.9 2:0.1 3:0.5", "")[0], "libsvm")
        without_the_last = ensemble.predict(np.array([[0.9, 0.1]]), "csv")

        np.testing.assert_array_equal(counted_from_one, booster.inplace_predict(np.array([[np.nan, 0.9, 0.1]])))
        np.testing.assert_array_equal(without_the_last, booster.inplace_predict(np.array([[0.9, 0.1, np.nan]])))
        sparse = csr_matrix(np.ones((1, 1)))
        for rows, kind in (
            (np.zeros((1, FEATURES + 1)), "csv"),
            (np.zeros((1, FEATURES - 2)), "csv"),
            (sparse, "recordio-protobuf"),
            (decode(b"1 4:1", "")[0], "libsvm"),
        ):
            with pytest.raises(BadPayloadError, match="is not consistent"):
                ensemble.predict(rows, kind)

    def test_pickled_model_is_scored_to_its_best_iteration(self, tmp_path: Path) -> None:
        booster = train_booster(FEATURES)
        booster.set_attr(best_iteration="1")
        (tmp_path / "xgboost-model").write_bytes(pickle.dumps(booster))
        rows = np.random.default_rng(0).random((20, FEATURES))

        scores = Ensemble(tmp_path).predict(rows, "csv")

        np.testing.assert_array_equal(scores, booster[:2].predict(xgboost.DMatrix(rows)))

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"\x80\x04K\x01.", "holds a pickled int, not a Booster"),
            (b"\x80\x04", "cannot be unpickled"),
            (b"{}", "neither a model in XGBoost's native format nor a pickle"),
        ],
    )
    def test_what_is_no_model_is_named(self, tmp_path: Path, content: bytes, words: str) -> None:
        (tmp_path / "xgboost-model").write_bytes(content)

        with pytest.raises(ValueError, match=words):
            Ensemble(tmp_path)

    def test_pickle_of_an_old_version_says_how_to_convert_it(self, tmp_path: Path) -> None:
        pickled = pickle.dumps(train_booster(FEATURES))
        # The serialized model begins with '{' since XGBoost has it as JSON.
        (tmp_path / "xgboost-model").write_bytes(pickled.replace(b"{L", b"bL", 1))

        with pytest.raises(ValueError, match="no longer reads the binary format that old versions pickled"):
            Ensemble(tmp_path)


class _Sums:
    """A model whose score is the sum of the features."""

    objective, classes = "reg:squarederror", 0

    def predict(self, matrix: np.ndarray, kind: str) -> np.ndarray:
        """Sum each record."""
        return matrix.sum(axis=1)


def _ask(
    method: str,
    path: str,
    body: bytes = b"",
    limits: Limits | None = None,
    settings: Settings | None = None,
    **headers: str,
) -> tuple[int, bytes]:
    return _exchange(method, path, body, limits, settings, **headers)[::2]


def _exchange(
    method: str,
    path: str,
    body: bytes,
    limits: Limits | None = None,
    settings: Settings | None = None,
    **headers: str,
) -> tuple[int, str, bytes]:
    """Return status, content type and content of an answer."""
    sent: list[dict] = []
    pieces = [body[start : start + 1000] for start in range(0, len(body), 1000)] or [b""]
    messages = [{"body": piece, "more_body": piece is not pieces[-1]} for piece in pieces]

    async def receive() -> dict:
        return messages.pop(0)

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {
        "method": method,
        "path": path,
        "headers": [
            (name.replace("_", "-").encode(), value.encode())
            for name, value in {"content_type": "text/csv", **headers}.items()
        ],
    }
    model = ScoreAnswers(_Sums(), settings or Settings())
    asyncio.run(ModelApplication(model, limits or Limits())(scope, receive, send))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered.get("content-type", ""), sent[1]["body"]


class TestApplication:
    """Paths, limits and the answer's type."""

    def test_ping(self) -> None:
        assert _ask("GET", "/ping") == (200, b"")

    def test_execution_parameters(self) -> None:
        status, body = _ask("GET", "/execution-parameters")
        parameters = json.loads(body)
        assert (status, parameters["BatchStrategy"], parameters["MaxPayloadInMB"]) == (200, "MULTI_RECORD", 6)
        assert parameters["MaxConcurrentTransforms"] >= 1

    def test_one_score_a_line(self) -> None:
        assert _ask("POST", "/invocations", b"1,2\n3,4.5") == (200, b"3.0\n7.5\n")

    @pytest.mark.parametrize(
        ("accept", "content_type"),
        [("", "text/csv; charset=utf-8"), ("APPLICATION/JSON; q=1", "application/json")],
    )
    def test_the_answer_names_its_type_as_flask_does(self, accept: str, content_type: str) -> None:
        assert _exchange("POST", "/invocations", b"1,2", accept=accept)[:2] == (200, content_type)

    def test_payload_is_read_before_the_answer_is_thought_of(self) -> None:
        assert _ask("POST", "/invocations", b"a", accept="image/png")[0] == 415
        status, body = _ask("POST", "/invocations", b"1,2", accept="image/png")
        assert (status, b"'application/jsonlines', 'application/x-recordio-protobuf', 'text/csv'" in body) == (
            406,
            True,
        )

    @pytest.mark.parametrize("accept", ["application/jsonlines", "application/x-recordio-protobuf"])
    def test_plain_scores_are_written_as_csv_and_json_only(self, accept: str) -> None:
        assert _ask("POST", "/invocations", b"1,2", accept=accept)[0] == 500

    def test_json(self) -> None:
        status, body = _ask("POST", "/invocations", b"1,2", accept="application/json")
        assert (status, json.loads(body)) == (200, {"predictions": [{"score": 3.0}]})

    def test_default_type_of_the_answer(self) -> None:
        settings = Settings(default_accept="application/json")
        assert _ask("POST", "/invocations", b"1,2", settings=settings, accept="*/*")[1].startswith(b'{"predictions"')

    def test_empty_body(self) -> None:
        assert _ask("POST", "/invocations") == (204, b"")

    def test_body_over_the_limit(self) -> None:
        limits = Limits(max_bytes=2500)
        assert _ask("POST", "/invocations", b"1" * 2501, limits)[0] == 413
        assert _ask("POST", "/invocations", b"1," * 1250, limits)[0] == 200

    def test_unknown_path(self) -> None:
        assert _ask("GET", "/models")[0] == 404
