CREATE EXTERNAL TABLE `playgrounds`.`scoring_lab` (
  `playground_key` string,
  `name` string,
  `borough` string,
  `lat` double,
  `lon` double,
  `site_id` string,
  `level` string,
  `accessible` string,
  `label` int,
  `label_known` int,
  `split` string,
  `adaptive_swing` double,
  `size_of_adjusted_gross_income` double,
  `num_of_exemptions` double,
  `normalized_num_of_joint_returns` double,
  `normalized_num_of_head_of_household_returns` double,
  `normalized_num_of_single_returns` double,
  `borough_b` int,
  `borough_m` int,
  `borough_n` int,
  `borough_q` int,
  `borough_r` int,
  `borough_x` int
)
STORED AS PARQUET
LOCATION 's3://bucket/execution/scoring/'
