/* The kinds of steps on the way to a DIP group.  STEP(id, name); the sentences are in dip_path.c. */
STEP(FAILED, "failed")                         /* the result's reason */
STEP(DIAGNOSIS, "diagnosis")                   /* code: the key */
STEP(PROCEDURE, "procedure")                   /* code; index: its class */
STEP(PROCEDURE_IGNORED, "procedure_ignored")   /* code: in no table, and so does not count */
STEP(TREATMENT, "treatment")                   /* index: the class of the case */
STEP(PASSED, "passed")                         /* index: a group that lacks procedure `code` */
STEP(CANDIDATE, "candidate")                   /* index: a group that fits; number: its nearest_fen */
STEP(LOOKED_FOR, "looked_for")                 /* code: a mixed group that is not there; index: class */
STEP(TAKEN, "group")                           /* index; number: dip_match */
STEP(SCORE, "score")                           /* number: e4 */
STEP(DEVIATION, "deviation")                   /* index: dip_deviation; number: ratio; number2: yardstick */
STEP(GRADE, "grade")                           /* index: of catalogue.grade */
STEP(FACTOR, "factor")                         /* index: of catalogue.factor */
STEP(COEFFICIENT, "coefficient")               /* index: the level, or 0 for a grass-roots disease; number */
STEP(CONVERTED, "converted")                   /* without a group: by cost */
STEP(SETTLED, "settled")                       /* number: e4 */
#undef STEP
