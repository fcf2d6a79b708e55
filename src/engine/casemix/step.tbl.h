/* The kinds of steps on the way to a group.  STEP(id, name).  The sentences are in explain.c. */
STEP(MAPPED, "mapped")                       /* code became code2 */
STEP(MAPPED_AWAY, "no_counterpart")          /* code has none in this version */
STEP(TIDIED, "tidied")                       /* code was read as code2 */
STEP(UNKNOWN_DX, "unknown_diagnosis")        /* code; code2 = what it would be when tidied */
STEP(UNKNOWN_PROCEDURE, "unknown_procedure") /* the same */
STEP(GRAY, "gray_code")                      /* code */
STEP(FAILED, "failed")                       /* the case was refused for its reason */
STEP(MDC_PASSED, "mdc_passed")               /* index: the MDC; term: what did not hold */
STEP(MDC_TAKEN, "mdc")                       /* index: the MDC; its terms follow */
STEP(ADRG_PASSED, "adrg_passed")             /* index; term: the one that did not hold */
STEP(ADRG_TAKEN, "adrg")                     /* index; its terms follow */
STEP(TERM_HELD, "term")                      /* term; code: what made it hold, or number */
STEP(MCC_COUNTS, "mcc")                      /* code */
STEP(CC_COUNTS, "cc")                        /* code */
STEP(MCC_EXCLUDED, "mcc_excluded")           /* code, by main diagnosis code2; number: the group */
STEP(CC_EXCLUDED, "cc_excluded")             /* the same */
STEP(MISSING, "missing")                     /* index: the ADRG; term: what is not known */
STEP(LEVEL, "other_level")                   /* index: another DRG of the ADRG */
STEP(DRG_TAKEN, "drg")                       /* index */
#undef STEP
