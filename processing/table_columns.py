"""Columns of the feeds and of the processed table: what the Glue jobs write and feature engineering reads.

Standard library only: the module travels with the Glue jobs, too.
"""

PARK_FIELDS = ("Prop_ID", "Name", "Location", "Zip")
PLAYGROUND_FIELDS = (
    "Prop_ID",
    "Playground_ID",
    "School_ID",
    "Status",
    "Name",
    "Location",
    "Accessible",
    "Level",
    "Adaptive_Swing",
    "lat",
    "lon",
)
INCOME_KEYS = ("STATE", "zipcode")
"""Text columns of the income data; ``zipcode`` has five digits, leading zeros included."""

LAB_COLUMNS = {
    "zipcode": "zipcode",
    "agi_stub": "size_of_adjusted_gross_income",
    "N1": "num_of_returns",
    "MARS1": "num_of_single_returns",
    "MARS2": "num_of_joint_returns",
    "MARS4": "num_of_head_of_household_returns",
    "PREP": "num_with_paid_preparers_signature",
    "N2": "num_of_exemptions",
    "NUMDEP": "num_of_dependents",
    "TOTAL_VITA": "num_of_volunteer_prepared_returns_Total",
    "VITA": "num_of_volunteer_prepared_returns_Num_of_volunteer_income_tax_assistance_prepared_returns",
    "TCE": "num_of_volunteer_prepared_returns_Num_of_tax_counseling_for_the_elderly_prepared_returns",
}
"""IRS column to the lab's name for it, in the order of the processed table."""

INCOME_COUNTS = tuple(name for name in LAB_COLUMNS if name not in INCOME_KEYS)
"""Whole-number columns of the income data, named as in the IRS documentation of the ZIP-code file."""

KEY = "playground_key"
PROCESSED_COLUMNS = (KEY, *PLAYGROUND_FIELDS, "park_zipcode", "zip_match", *LAB_COLUMNS.values())
"""Columns of the processed table, in order."""

ZIP_MATCHES = ("exact", "list", "none")
"""Values of ``zip_match``: how a playground's park found the income of its ZIP codes."""
