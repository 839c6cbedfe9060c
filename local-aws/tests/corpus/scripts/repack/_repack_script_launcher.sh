#!/bin/bash
set -e
python3 repack.py --script "${SM_HP_INFERENCE_SCRIPT}" --archive "${SM_HP_MODEL_ARCHIVE}"
