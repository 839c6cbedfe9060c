"""AWS's accounts that hold the repositories of its images, by region.

Source: ``image_uri_config`` of the SageMaker Python SDK 3.27, which a test compares where the SDK is installed.
"""

from __future__ import annotations


def _by_region(text: str) -> dict[str, str]:
    """Read lines of an account and its regions."""
    rows = [line.split() for line in text.strip().splitlines()]
    return {region: account for account, *regions in rows for region in regions}


ALGORITHMS = _by_region("""
510948584623 af-south-1
651117190479 ap-east-1
354813040037 ap-northeast-1
366743142698 ap-northeast-2
867004704886 ap-northeast-3
720646828776 ap-south-1
628508329040 ap-south-2
121021644041 ap-southeast-1
783357654285 ap-southeast-2
951798379941 ap-southeast-3
106583098589 ap-southeast-4
341280168497 ca-central-1
190319476487 ca-west-1
450853457545 cn-north-1
451049120500 cn-northwest-1
492215442770 eu-central-1
680994064768 eu-central-2
662702820516 eu-north-1
978288397137 eu-south-1
104374241257 eu-south-2
141502667606 eu-west-1
764974769150 eu-west-2
659782779980 eu-west-3
898809789911 il-central-1
272398656194 me-central-1
801668240914 me-south-1
737474898029 sa-east-1
683313688378 us-east-1
257758044811 us-east-2
237065988967 us-gov-east-1
414596584902 us-gov-west-1
833128469047 us-iso-east-1
281123927165 us-isob-east-1
108575199400 us-isof-east-1
124985052026 us-isof-south-1
746614075791 us-west-1
246618743249 us-west-2
""")
"""Of XGBoost and scikit-learn."""

BASE_PYTHON = _by_region("""
559312083959 af-south-1
493642496378 ap-east-1
938034419563 ap-east-2
102112518831 ap-northeast-1
806072073708 ap-northeast-2
792733760839 ap-northeast-3
394103062818 ap-south-1
004313294153 ap-south-2
492261229750 ap-southeast-1
452832661640 ap-southeast-2
276181064229 ap-southeast-3
154076345201 ap-southeast-4
148761635175 ap-southeast-5
366932332049 ap-southeast-6
528757812139 ap-southeast-7
310906938811 ca-central-1
623308166672 ca-west-1
390048526115 cn-north-1
390780980154 cn-northwest-1
936697816551 eu-central-1
569303640362 eu-central-2
118315366868 eu-isoe-west-1
243637512696 eu-north-1
592751261982 eu-south-1
127363102723 eu-south-2
470317259841 eu-west-1
712779665605 eu-west-2
615547856133 eu-west-3
180250353322 eusc-de-east-1
380164790875 il-central-1
103105715889 me-central-1
117516905037 me-south-1
396913743851 mx-central-1
782484402741 sa-east-1
081325390199 us-east-1
429704687514 us-east-2
107072934176 us-gov-east-1
107173498710 us-gov-west-1
906349786431 us-iso-east-1
358279745144 us-isob-east-1
840123138293 us-isof-east-1
883091641454 us-isof-south-1
742091327244 us-west-1
236514542706 us-west-2
""")
"""Of the images that bring Python only."""

DEEP_LEARNING = _by_region("""
626614931356 af-south-1
871362719292 ap-east-1
975050140332 ap-east-2
763104351884 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1
763104351884 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1
763104351884 us-east-1 us-east-2 us-west-1 us-west-2
364406365360 ap-northeast-3
772153158452 ap-south-2
907027046896 ap-southeast-3
457447274322 ap-southeast-4
550225433462 ap-southeast-5
633930458069 ap-southeast-6
590183813437 ap-southeast-7
204538143572 ca-west-1
727897471807 cn-north-1 cn-northwest-1
380420809688 eu-central-2
371248457586 eu-isoe-west-1
692866216735 eu-south-1
503227376785 eu-south-2
204133271717 eusc-de-east-1
780543022126 il-central-1
914824155844 me-central-1
217643126080 me-south-1
124382933778 me-west-1
637423239942 mx-central-1
446045086412 us-gov-east-1
442386744353 us-gov-west-1
886529160074 us-iso-east-1
094389454867 us-isob-east-1
303241398832 us-isof-east-1
454834333376 us-isof-south-1
""")
"""Of the deep learning containers: AutoGluon, PyTorch, TensorFlow, Hugging Face."""

MODEL_MONITOR = _by_region("""
875698925577 af-south-1
001633400207 ap-east-1
574779866223 ap-northeast-1
709848358524 ap-northeast-2
990339680094 ap-northeast-3
126357580389 ap-south-1
245545462676 ap-southeast-1
563025443158 ap-southeast-2
669540362728 ap-southeast-3
536280801234 ca-central-1
453000072557 cn-north-1
453252182341 cn-northwest-1
048819808253 eu-central-1
590183933784 eu-central-2
895015795356 eu-north-1
933208885752 eu-south-1
437450045455 eu-south-2
468650794304 eu-west-1
749857270468 eu-west-2
680080141114 eu-west-3
843974653677 il-central-1
588750061953 me-central-1
607024016150 me-south-1
539772159869 sa-east-1
156813124566 us-east-1
777275614652 us-east-2
853188333426 us-isof-east-1
467912361380 us-isof-south-1
890145073186 us-west-1
159807026194 us-west-2
""")
"""Of Model Monitor's analyzer."""

CLARIFY = _by_region("""
811711786498 af-south-1
098760798382 ap-east-1
377024640650 ap-northeast-1
263625296855 ap-northeast-2
912233562940 ap-northeast-3
452307495513 ap-south-1
834264404009 ap-southeast-1
007051062584 ap-southeast-2
705930551576 ap-southeast-3
675030665977 ca-central-1
122526803553 cn-north-1
122578899357 cn-northwest-1
017069133835 eu-central-1
730335477804 eu-central-2
763603941244 eu-north-1
638885417683 eu-south-1
131013547314 eu-west-1
440796970383 eu-west-2
341593696636 eu-west-3
835444307964 me-south-1
520018980103 sa-east-1
205585389593 us-east-1
211330385671 us-east-2
598674086554 us-gov-west-1
579539705040 us-isof-east-1
411392592546 us-isof-south-1
740489534195 us-west-1
306415355426 us-west-2
""")
"""Of Clarify."""
