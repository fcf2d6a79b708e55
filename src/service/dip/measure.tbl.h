/* The lines of a build's report.  MEASURE(id, name, kind, zh, en). */
MEASURE(READ, "cases_read", COUNT, "读入病例", "cases read")
MEASURE(INVALID, "cases_invalid", COUNT, "无法识别的病例", "cases that cannot be read")
MEASURE(NO_DIAGNOSIS,
        "cases_without_diagnosis",
        COUNT,
        "没有主要诊断编码的病例",
        "cases without a main diagnosis that is a code")
MEASURE(NO_COST, "cases_without_cost", COUNT, "没有费用的病例", "cases without a cost")
MEASURE(OTHER_YEARS, "cases_of_other_years", COUNT, "年度之外的病例", "cases of other years")
MEASURE(CASES, "cases", COUNT, "纳入测算的病例", "cases used")
MEASURE(COST, "cost", FEN, "其总费用", "their cost")
MEASURE(LAST_YEAR, "last_year", COUNT, "最近年度", "last year")
MEASURE(MEAN,
        "mean_cost",
        FEN,
        "均次费用（去极值、按年加权）",
        "mean cost, trimmed and weighted by year")
MEASURE(TRIMMED, "cases_trimmed", COUNT, "去极值剔除的病例", "cases trimmed from the means")
MEASURE(CORE_GROUPS, "core_groups", COUNT, "核心病种数", "core groups")
MEASURE(CORE_CASES, "core_cases", COUNT, "核心病种病例", "cases in them")
MEASURE(CORE_SHARE, "core_share", SHARE, "核心病种病例占比", "share of cases in core groups")
MEASURE(
    CORE_COST_SHARE, "core_cost_share", SHARE, "核心病种费用占比", "share of cost in core groups")
MEASURE(MIXED_GROUPS, "mixed_groups", COUNT, "综合病种数", "mixed groups")
MEASURE(MIXED_CASES, "mixed_cases", COUNT, "综合病种病例", "cases in them")
MEASURE(EXACT_CASES,
        "exact_cases",
        COUNT,
        "手术操作完全一致的病例",
        "cases with exactly the group's procedures")
MEASURE(CANDIDATES, "base_candidates", COUNT, "基层病种候选", "grass-roots candidates")
MEASURE(FACTORS, "factors", COUNT, "辅助目录系数", "auxiliary factors")
MEASURE(RECURRENT, "recurrent_cases", COUNT, "再入院病例", "recurrent admissions")
MEASURE(RIV, "riv_dip", SHARE, "组间变异解释度：DIP", "variance explained by DIP")
MEASURE(RIV_DIAGNOSIS,
        "riv_diagnosis",
        SHARE,
        "组间变异解释度：仅按诊断",
        "variance explained by the diagnosis alone")
MEASURE(RIV_CATEGORY,
        "riv_category",
        SHARE,
        "组间变异解释度：仅按三位类目",
        "variance explained by the category alone")
MEASURE(RIV_DRG, "riv_drg", SHARE, "组间变异解释度：DRG", "variance explained by DRG")
MEASURE(RIV_KEPT, "riv_dip_trimmed", SHARE, "去极值后：DIP", "trimmed: by DIP")
MEASURE(RIV_DIAGNOSIS_KEPT,
        "riv_diagnosis_trimmed",
        SHARE,
        "去极值后：仅按诊断",
        "trimmed: by the diagnosis alone")
MEASURE(RIV_DRG_KEPT, "riv_drg_trimmed", SHARE, "去极值后：DRG", "trimmed: by DRG")
MEASURE(CV, "mean_cv", E4, "组内变异系数（按病例加权）", "spread within groups, weighted by cases")
MEASURE(STABLE_SHARE,
        "stable_share",
        SHARE,
        "分值标准误不超过 10% 的病例占比",
        "share of cases whose score has a standard error of at most 10 %")
MEASURE(LASTING_SHARE,
        "lasting_share",
        SHARE,
        "半数抽样中仍为核心病种的比例",
        "share of half samples in which core groups stay core")
MEASURE(SINCE_NEW, "groups_new", COUNT, "新增病种", "groups that are new")
MEASURE(SINCE_GONE, "groups_gone", COUNT, "取消病种", "groups that are gone")
MEASURE(SINCE_SAME, "groups_same", COUNT, "保留病种", "groups that stay")
MEASURE(SINCE_MOVED,
        "groups_moved",
        COUNT,
        "分值变动超过 10% 的病种",
        "groups whose score moved by more than 10 %")
MEASURE(
    SINCE_CASES, "cases_regrouped", COUNT, "入组改变的病例", "cases in another group than before")
#undef MEASURE
