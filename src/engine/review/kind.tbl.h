/* What a rule can look at.  KIND(NAME, "name", about, zh, en).  about: LINE = said of a line, VISIT = of the
 * visit as a whole. */
KIND(SEX, "sex", LINE, "限性别", "for one sex only")
KIND(AGE, "age", LINE, "限年龄", "for an age only")
KIND(DIAGNOSIS, "diagnosis", LINE, "限诊断", "for some diagnoses only")
KIND(CONTRAINDICATION, "contraindication", LINE, "诊断禁忌", "not with some diagnoses")
KIND(LEVEL, "level", LINE, "限机构级别", "for some levels of institution only")
KIND(SETTING, "setting", LINE, "限就医方式", "for some ways of treatment only")
KIND(STOPPED, "stopped", LINE, "不予支付", "not payable at all")
KIND(PRICE, "price", LINE, "超限价", "dearer than allowed")
KIND(QUANTITY, "quantity", LINE, "超数量", "more than allowed in some days")
KIND(SUPPLY, "supply", LINE, "超量开药", "more days' supply in hand than allowed")
KIND(REPEAT, "repeat", LINE, "重复", "the same again too soon")
KIND(EXCLUSIVE, "exclusive", LINE, "互斥", "not together")
KIND(
    DIAGNOSIS_SEX, "diagnosis_sex", VISIT, "诊断与性别矛盾", "a diagnosis that contradicts the sex")
KIND(OVERLAP, "overlap", VISIT, "住院期间另有就诊", "during a stay")
KIND(READMISSION, "readmission", VISIT, "短期内再入院", "admitted again too soon")
#undef KIND
