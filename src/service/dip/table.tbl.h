/* The tables of a DIP catalogue.  TABLE(id, file, required, columns); a column that may be missing
 * ends with ?.  The columns are numbered in the order given here.  What is required is not so for
 * the basis of a build. */
TABLE(PARAMETER, "parameter.csv", true, "key value")
TABLE(ORDER, "order.csv", true, "tier treatment")
TABLE(CLASS, "procedure_class.csv", false, "icd9cm3 class")
TABLE(LIST, "diagnosis_list.csv", false, "list icd10 disease? weight?")
TABLE(GRADE, "grade.csv", false, "kind grade condition")
TABLE(CORE, "core.csv", true, "diagnosis procedures tier score mean_cost nearest_cost? cases? cv? name?")
TABLE(MIXED, "mixed.csv", true, "diagnosis treatment score mean_cost cases? cv? name?")
TABLE(LEVEL, "level_mean.csv", false, "group level mean_cost")
TABLE(FACTOR, "factor.csv", false, "group kind grade factor")
TABLE(COEFFICIENT, "coefficient.csv", false, "level coefficient")
#undef TABLE
