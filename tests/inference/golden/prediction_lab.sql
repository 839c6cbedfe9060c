USING EXTERNAL FUNCTION predict_accessibility(
    "adaptive_swing" DOUBLE,
    "size_of_adjusted_gross_income" DOUBLE,
    "num_of_exemptions" DOUBLE,
    "normalized_num_of_joint_returns" DOUBLE,
    "normalized_num_of_head_of_household_returns" DOUBLE,
    "normalized_num_of_single_returns" DOUBLE,
    "borough_b" DOUBLE,
    "borough_m" DOUBLE,
    "borough_n" DOUBLE,
    "borough_q" DOUBLE,
    "borough_r" DOUBLE,
    "borough_x" DOUBLE
) RETURNS DOUBLE
SAGEMAKER 'playground-accessibility'
SELECT
  "playground_key",
  "name",
  "borough",
  "lat",
  "lon",
  "site_id",
  "level",
  "accessible",
  "label",
  "label_known",
  "split",
  predict_accessibility(
    CAST("adaptive_swing" AS DOUBLE),
    CAST("size_of_adjusted_gross_income" AS DOUBLE),
    CAST("num_of_exemptions" AS DOUBLE),
    CAST("normalized_num_of_joint_returns" AS DOUBLE),
    CAST("normalized_num_of_head_of_household_returns" AS DOUBLE),
    CAST("normalized_num_of_single_returns" AS DOUBLE),
    CAST("borough_b" AS DOUBLE),
    CAST("borough_m" AS DOUBLE),
    CAST("borough_n" AS DOUBLE),
    CAST("borough_q" AS DOUBLE),
    CAST("borough_r" AS DOUBLE),
    CAST("borough_x" AS DOUBLE)
  ) AS score
FROM playgrounds.scoring_lab
ORDER BY playground_key
