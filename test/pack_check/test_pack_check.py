"""One mistake at a time in a copy of packs/template: `pack check` must name the file, the line and what was expected.

A mistake replaces one text of a file, which must stand there exactly once; the line that has to be named is the
line of the mark `@` in the new text, or its first line when there is none. The mark itself is not written.
"""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("GONGJI_ROOT", Path(__file__).resolve().parents[2]))
GONGJI = os.environ.get("GONGJI", str(ROOT / "build/release/src/gongji"))
RESIDENT, EMPLOYEE = "policy/resident-2026.yaml", "policy/employee-2026.yaml"

# name: (file, old text, new text, words that must occur in the message)
MISTAKES = {
    "key misspelt": (RESIDENT, "    payer: assistance\n", "    payr: assistance\n", ["payr", "did you mean `payer`"]),
    "key misspelt at the top": (RESIDENT, "sources:\n", "source:\n", ["source", "did you mean `sources`"]),
    "key unknown": (RESIDENT, "    pay: entitlement\n    cumulative: {base: tilt_base",
                    "    pay: entitlement\n@    colour: red\n    cumulative: {base: tilt_base", ["colour", "payer"]),
    "key of a mapping in braces": (RESIDENT, "{key: tilt_paid, amount: 30000}", "{key: tilt_paid, amont: 30000}",
                                   ["amont", "amount"]),
    "key missing": (RESIDENT, "    payer: tilt\n", "", ["`payer` is missing"], "layers.tilt"),
    "scheme missing": (RESIDENT, "scheme: resident\n", "", ["`scheme` is missing"], None),
    "name missing": (RESIDENT, "    name: {zh: 倾斜救助, en: tilt assistance}\n", "", ["`name` is missing"], "layers.tilt"),
    "English name missing": (RESIDENT, "name: {zh: 倾斜救助, en: tilt assistance}", "name: {zh: 倾斜救助}", ["`en` is missing"]),
    "key twice": (RESIDENT, "    payer: tilt\n", "    payer: tilt\n@    payer: tilt\n", ["payer", "twice"]),
    "layer twice": (RESIDENT, "  two_pool:\n", "  pool:\n", ["pool", "twice"]),
    "fact twice in a table": (RESIDENT, "{by: level, village: 60%, community: 55%,",
                              "{by: level, village: 60%, village: 55%,", ["village", "twice"]),
    "share without its sign": (RESIDENT, "    rate: 50%\n", "    rate: 50\n", ["`50` is not a percentage", "60%"]),
    "share as a fraction": (RESIDENT, "    rate: 50%\n", "    rate: 0.5\n", ["`0.5`", "60%"]),
    "share instead of an amount": (RESIDENT, "deductible: {amount: 8000}", "deductible: {amount: 8000%}",
                                   ["`8000%` is not an amount", "yuan"]),
    "points without pp": (RESIDENT, "route: unfiled}, sub: 20pp}", "route: unfiled}, sub: 20%}", ["`20%`", "10pp"]),
    "points as a number": (RESIDENT, "route: unfiled}, sub: 20pp}", "route: unfiled}, sub: 20}", ["`20`", "10pp"]),
    "share with seven decimals": (RESIDENT, "    rate: 50%\n", "    rate: 50.0000001%\n", ["50.0000001%"]),
    "first share above all": (RESIDENT, "{if: {level: prov}, value: 15%, basis: base}",
                              "{if: {level: prov}, value: 115%, basis: base}", ["100%"]),
    "amount below zero": (RESIDENT, "deductible: {amount: 8000}", "deductible: {amount: -8000}", ["`-8000`", "amount"]),
    "amount with three decimals": (RESIDENT, "{key: tilt_paid, amount: 30000}", "{key: tilt_paid, amount: 30000.005}",
                                   ["30000.005", "yuan"]),
    "amount with a comma": (RESIDENT, "{key: tilt_paid, amount: 30000}", '{key: tilt_paid, amount: "30,000"}',
                            ["30,000", "yuan"]),
    "amount with its unit": (RESIDENT, "{key: tilt_paid, amount: 30000}", "{key: tilt_paid, amount: 3万}", ["3万", "yuan"]),
    "money not in yuan": (RESIDENT, "money: yuan ", "money: fen ", ["yuan", "`fen`"]),
    "fact unknown": (RESIDENT, "{if: {transfer: down}, set: 0, stop: yes}", "{if: {transfr: down}, set: 0, stop: yes}",
                     ["no fact `transfr`"]),
    "fact of a table unknown": (RESIDENT, "amount: {by: disease, hypertension:", "amount: {by: diseas, hypertension:",
                                ["no fact `diseas`"]),
    "word not in the dictionary": (RESIDENT, "{if: {level: prov}, value: 15%", "{if: {level: provincial}, value: 15%",
                                   ["`provincial`", "dictionary of `level`", "l3"]),
    "column not in the dictionary": (RESIDENT, "stay_deductible: {by: level, community: 100,",
                                     "stay_deductible: {by: level, comunity: 100,", ["`comunity`", "community"]),
    "category unknown": (RESIDENT, "    if: {category: [dibao, fanpin, jiance, dibian, yinbing]}",
                         "    if: {category: [dibao, fanpin, jianche, dibian, yinbing]}", ["`jianche`", "jiance"]),
    "scheme unknown": (RESIDENT, "scheme: resident\n", "scheme: residents\n", ["`residents`", "employee"]),
    "payer unknown": (RESIDENT, "    payer: tilt\n", "    payer: tilts\n", ["payer `tilts`", "assistance"]),
    "accumulator not declared": (RESIDENT, "{key: op_fund, amount: 200}", "{key: op_found, amount: 200}",
                                 ["`op_found` is not declared", "did you mean `op_fund`"]),
    "money where a count is needed": (RESIDENT, "- {nth: stays, list: [100%, 50%]}", "- {nth: pool, list: [100%, 50%]}",
                                      ["`pool`", "wrong unit", "count"]),
    "count where money is needed": (RESIDENT, "{key: op_fund, amount: 200}", "{key: stays, amount: 200}",
                                    ["`stays`", "wrong unit", "money"]),
    "accumulator declared twice differently": (EMPLOYEE, "  pool: {zh: 统筹基金年度支付,", "  pool: {period: life, zh: 统筹基金年度支付,",
                                               ["`pool`", "differently"], "any"),
    "sub-key not allowed": (RESIDENT, "two_paid: {by: [disease],", "two_paid: {by: [sex],", ["by", "disease"]),
    "counter stated by no count": (RESIDENT, "stays: {unit: count, given: nth_stay,", "stays: {unit: count, given: level,",
                                   ["`level`", "counter"]),
    "source not declared": (RESIDENT, "basis: {source: base, article: 救助标准}", "basis: {source: bases, article: 救助标准}",
                            ["source `bases` is not declared"]),
    "grade of a source": (RESIDENT, "  join: {title: 国办发〔2024〕38号, grade: A}", "  join: {title: 国办发〔2024〕38号, grade: AA}",
                          ["`AA`", "A, B, C, M"]),
    "no sources": (RESIDENT, "accumulators:\n", "@sources: {}\naccumulators:\n", ["sources"], "any"),
    "day that does not exist": (RESIDENT, "from: 2026-01-01 ", "from: 2026-02-29 ", ["2026-02-29", "2024-01-31"]),
    "day in another order": (RESIDENT, "from: 2026-01-01 ", "from: 01.01.2026 ", ["01.01.2026"]),
    "until before from": (RESIDENT, "from: 2026-01-01 ", "from: 2026-01-01\n@until: 2025-12-31 ", ["ends before it begins"]),
    "first day of the year": (RESIDENT, "year_start: 01-01 ", "year_start: 02-30 ", ["02-30", "MM-DD"]),
    "choice unknown": (RESIDENT, "cross_year: discharge ", "cross_year: cut ", ["`cut`", "discharge, split"]),
    "flag that is none": (RESIDENT, "set: 0, stop: yes}\n        - {if: {transfer: down}",
                          "set: 0, stop: maybe}\n        - {if: {transfer: down}", ["`maybe`", "yes or no"]),
    "flag fact": (RESIDENT, "{if: {condition_met: no}, value: C, basis: base}", "{if: {condition_met: never}, value: C, basis: base}",
                  ["`never`", "yes or no"]),
    "layer not there": (RESIDENT, "    layers: [two_pool]\n", "    layers: [too_pool]\n", ["no layer `too_pool`"]),
    "stack without layers": (RESIDENT, "    layers: [two_pool]\n", "    layer: [two_pool]\n", ["layer", "layers"]),
    "edges that do not rise": (RESIDENT, "        - {to: 100000, rate: 65%}\n", "        - {to: 50000, rate: 65%}\n",
                               ["50000.00", "rise"]),
    "last band closed": (RESIDENT, "        - {rate: 70%}\n", "        - {to: 200000, rate: 70%}\n", ["last band", "open"]),
    "band open in the middle": (RESIDENT, "        - {to: 100000, rate: 65%}\n", "        - {rate: 65%}\n", ["`to`"]),
    "rate and bands": (RESIDENT, "    bands:\n", "    rate: 60%\n    bands:\n", ["rate", "bands", "not both"], "layers.catastrophic"),
    "neither rate nor bands": (RESIDENT, "    payer: tilt\n    if: {category: [dibao, fanpin, jiance, dibian, yinbing]}\n    base: [deductible, copay, over_cap]\n    pay: entitlement\n    cumulative: {base: tilt_base, paid: tilt_paid}\n    deductible: {amount: 8000}\n    rate: 60%\n",
                               "    payer: tilt\n    base: [deductible, copay, over_cap]\n    pay: entitlement\n    cumulative: {base: tilt_base, paid: tilt_paid}\n",
                               ["rate"], "layers.tilt"),
    "catastrophic base without copay": (RESIDENT, "    base: [deductible, copay, over_cap]                    # what",
                                        "    base: [deductible, over_cap]                    # what", ["copay"]),
    "entitlement without cumulative": (RESIDENT, "    cumulative: {base: tilt_base, paid: tilt_paid}\n", "", ["cumulative", "entitlement"],
                                       "layers.tilt"),
    "cumulative without entitlement": (RESIDENT, "    pay: entitlement\n    cumulative: {base: tilt_base", "    cumulative: {base: tilt_base",
                                       ["cumulative", "entitlement"], "layers.tilt"),
    "entitlement with a mode": (RESIDENT, "deductible: {amount: 8000}", "deductible: {amount: 8000, mode: cumulative, key: tilt_base}",
                                ["yearly by itself"]),
    "mode without key": (RESIDENT, "      mode: cumulative\n      key: ma_base\n", "      mode: cumulative\n", ["key"], "layers.assistance.deductible"),
    "key without mode": (RESIDENT, "      mode: cumulative\n      key: ma_base\n      measure: base\n", "      key: ma_base\n", ["mode"],
                         "layers.assistance.deductible"),
    "account payer without pay: account": (EMPLOYEE, "    payer: civil_servant\n", "    payer: account\n", ["account", "pay: account"]),
    "pay: account with another payer": (EMPLOYEE, "    payer: family_account\n", "    payer: pool\n", ["account"]),
    "account with a rate": (EMPLOYEE, "    account: family\n", "    account: family\n    rate: 50%\n", ["no rate"], "layers.family_account"),
    "account unknown": (EMPLOYEE, "    account: family\n", "    account: wife\n", ["`wife`", "current, previous, civil, family"]),
    "heap unknown": (EMPLOYEE, "    base: [over_cap]\n", "    base: [overcap]\n", ["no heap `overcap`", "over_cap"]),
    "heap twice": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap, over_cap]\n", ["`over_cap`", "twice"]),
    "base empty": (EMPLOYEE, "    base: [over_cap]\n", "    base: []\n", ["base"]),
    "row that is never reached": (EMPLOYEE, "- {if: {provider_kind: pharmacy}, value: 60%}        #", "- {value: 60%}        #",
                                  ["never be reached"], "any"),
    "table without rows": (EMPLOYEE, "    rate: 90%\n", "    rate: []\n", ["at least one row"]),
    "table that leads to itself": (RESIDENT, "  stay_deductible: {by: level, community: 100,",
                                   "  stay_deductible: {by: level, community: {table: stay_deductible},", ["leads back to itself"]),
    "table not there": (RESIDENT, "{table: stay_deductible}", "{table: stays_deductible}", ["no table `stays_deductible`"]),
    "line fact in a rate without lines": (RESIDENT, "deductible: {amount: 8000}", "deductible: {amount: [{if: {tag: bed}, value: 1}, {value: 2}]}",
                                          ["`tag` belongs to a line"]),
    "line fact in a stack": (RESIDENT, "    if: {visit_kind: outpatient}\n", "    if: {visit_kind: outpatient, class: A}\n",
                             ["`class` belongs to a line"]),
    "enrolment fact in a stack": (RESIDENT, "    if: {visit_kind: outpatient}\n", "    if: {visit_kind: outpatient, gap_months: 3}\n",
                                  ["`gap_months` cannot be tested here"]),
    "bill fact in an entitlement row": (RESIDENT, "{if: {kind: window}, starts:", "{if: {level: l1}, starts:", ["`level` cannot be tested here"]),
    "class that is none": (RESIDENT, "{if: {tag: [fitness, public_health]}, value: C,", "{if: {tag: [fitness, public_health]}, value: D,",
                           ["`D` is not a class", "A, B, C"]),
    "nth without list": (RESIDENT, "- {nth: stays, list: [100%, 50%]}", "- {nth: stays}", ["nth", "list, minus or minus_share"]),
    "two operations in one adjustment": (RESIDENT, "- {if: {category: tekun}, set: 0}", "- {if: {category: tekun}, set: 0, add: 5}",
                                         ["exactly one operation"]),
    "adjustment without operation": (RESIDENT, "- {if: {category: tekun}, set: 0}", "- {if: {category: tekun}}", ["exactly one operation"]),
    "nth of a rate": (RESIDENT, "    rate_adjust:\n      - {if: {route: [referred, emergency]}, sub: 10pp} ",
                      "    rate_adjust:\n@      - {nth: stays, list: [100%]} ", ["nth", "rate"]),
    "cap without amount": (RESIDENT, "{key: tilt_paid, amount: 30000}", "{key: tilt_paid}", ["`amount` is missing"]),
    "cap on something": (RESIDENT, "{key: tilt_paid, amount: 30000}", "{key: tilt_paid, on: bill, amount: 30000}", ["`bill`", "fund, expense"]),
    "expense cap of an entitlement": (RESIDENT, "{key: tilt_paid, amount: 30000}", "{key: tilt_paid, on: expense, amount: 30000}",
                                      ["expense"]),
    "one accumulator for both": (RESIDENT, "      - {key: birth_expense, on: expense,", "      - {key: birth_expense, amount: 5}\n      - {key: birth_expense, on: expense,",
                                 ["both payments and expense"], "layers.birth_pool.caps"),
    "range upside down": (EMPLOYEE, "gap_months: {min: 1}", "gap_months: {min: 5, max: 3}", ["no value"]),
    "range of another kind": (EMPLOYEE, "gap_months: {min: 1}", "gap_months: {from: 2024-01-01}", ["from"]),
    "reason missing": (EMPLOYEE, "  - {if: {cause: abroad}, reason: abroad,", "  - {if: {cause: abroad},", ["`reason` is missing"]),
    "starts from nowhere": (EMPLOYEE, "{kind: employer}, starts: {from: registered_on,", "{kind: employer}, starts: {from: hired_on,",
                            ["`hired_on`", "paid_on"]),
    "tab": (RESIDENT, "  stay_deductible:", "\tstay_deductible:", ["YAML"]),
    "bracket not closed": (RESIDENT, "    layers: [two_pool]\n", "    layers: [two_pool\n", ["YAML"], "any"),
    "text not closed": (EMPLOYEE, "grade: M, note: \"name your", "grade: M, note: \"name\" your", ["YAML"], "any"),
    "anchor": (RESIDENT, "    rate: 50%\n", "    rate: &half 50%\n", ["anchors"]),
    "alias": (RESIDENT, "    rate: 50%\n", "    rate: *half\n", ["aliases"]),
    "tag of a value": (RESIDENT, "    rate: 50%\n", "    rate: !!str 50%\n", ["tags"]),
    "value empty": (RESIDENT, "    payer: tilt\n", "    payer:\n", ["payer", "empty"]),
    "list instead of a mapping": (RESIDENT, "period:\n", "period: []\nperiods:\n", ["mapping"]),
    "mapping instead of a list": (RESIDENT, "    base: [deductible, copay, over_cap]                    # what",
                                  "    base: {copay: yes}                    # what", ["list"]),
    "list instead of a value": (RESIDENT, "    payer: tilt\n", "    payer: [tilt]\n", ["single value"]),
    "counters are no list": (EMPLOYEE, "      key: op_deductible\n", "      key: op_deductible\n@      times: {key: stays, max: 1}\n", ["list"]),
    "counter without max": (EMPLOYEE, "      key: op_deductible\n", "      key: op_deductible\n@      times: [{key: stays}]\n", ["`max` is missing"]),
    "five counters": (EMPLOYEE, "      key: op_deductible\n", "      key: op_deductible\n      times: [" + ", ".join(["{key: stays, max: 1}"] * 5) + "]\n",
                      ["at most 4"]),
    "counter above 255": (EMPLOYEE, "      key: op_deductible\n", "      key: op_deductible\n@      times: [{key: stays, max: 256}]\n", ["`256`", "255"]),
    "ceiling without amount": (EMPLOYEE, "      key: op_deductible\n", "      key: op_deductible\n@      ceiling: {key: pool}\n", ["`amount` is missing"]),
    "deductible of an account": (EMPLOYEE, "    account: family\n", "    account: family\n@    deductible: {amount: 5}\n", ["deductible"]),
    "measure without cumulative": (EMPLOYEE, "        - {nth: stays, minus: 100, floor: 200} ", "        - {nth: stays, minus: 100, floor: 200}\n      measure: base ",
                                   ["measure", "cumulative"], "any"),
    "caps are no list": (EMPLOYEE, "    caps:\n      - {key: large_amount, amount: 400000}\n", "    caps: {key: large_amount, amount: 400000}\n", ["list"]),
    "nine caps": (EMPLOYEE, "    caps:\n      - {key: large_amount, amount: 400000}\n", "    caps: [" + ", ".join(["{amount: 1}"] * 9) + "]\n", ["at most 8"]),
    "leaves something": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap]\n@    leaves: all\n", ["`all`", "same"]),
    "leaves to no heap": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap]\n@    leaves: {copay: pocket}\n", ["no heap `pocket`"]),
    "an account that leaves": (EMPLOYEE, "    account: family\n", "    account: family\n@    leaves: {copay: copay}\n", ["by rate"]),
    "feeds are no list": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap]\n@    feeds: {key: pool, what: paid}\n", ["list"]),
    "feeds nothing": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap]\n@    feeds: [{key: pool, what: rest}]\n", ["`rest`", "paid"]),
    "nine feeds": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap]\n@    feeds: [" + ", ".join(["{key: pool, what: paid}"] * 9) + "]\n", ["at most 8"]),
    "account without account": (EMPLOYEE, "    account: family\n", "", ["account"], "layers.family_account"),
    "account for a rate": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap]\n    account: current\n", ["account"], "layers.large_amount"),
    "top-up of nothing": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap]\n    pay: topup\n", ["of"], "layers.large_amount"),
    "top-up of something": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap]\n    pay: topup\n@    of: cash\n", ["`cash`", "total, in_scope"]),
    "of without top-up": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap]\n    of: total\n", ["of"], "layers.large_amount"),
    "each of something": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap]\n@    each: line\n", ["`line`", "line_disease"]),
    "best over something": (EMPLOYEE, "    base: [over_cap]\n", "    base: [over_cap]\n@    best_over: disease\n", ["`disease`", "category"]),
    "measure of an entitlement": (RESIDENT, "      origin: deductible  ", "      measure: pool\n      origin: deductible  ", ["measure"], "any"),
    "layers are a list": (EMPLOYEE, "layers:\n  pool:\n", "layers: []\nlayer:\n  pool:\n", ["`layers` must be a mapping"], "any"),
    "condition that is a word": (EMPLOYEE, "    if: {visit_kind: dual_channel}\n", "    if: dual_channel\n", ["condition"]),
    "condition without words": (EMPLOYEE, "    if: {visit_kind: dual_channel}\n", "    if: {visit_kind: []}\n", ["empty"]),
    "accumulator of a test": (EMPLOYEE, "    if: {visit_kind: dual_channel}\n", "    if: {visit_kind: dual_channel, acc.pols: {min: 1}}\n",
                              ["`pols` is not declared", "did you mean `pool`"]),
    "range of an accumulator": (EMPLOYEE, "    if: {visit_kind: dual_channel}\n", "    if: {visit_kind: dual_channel, acc.pool: {from: 2024-01-01}}\n", ["min, max"]),
    "with five facts": (RESIDENT, "{table: stay_deductible}", "{table: stay_deductible, with: {level: l1, sex: male, cause: abroad, group: adult, seat: city}}",
                        ["up to 4"]),
    "with a count": (RESIDENT, "{table: stay_deductible}", "{table: stay_deductible, with: {age: 5}}", ["only word facts"]),
    "word as an amount": (RESIDENT, "{fact: prev_deductible}", "{fact: level}", ["`level` cannot be an amount"]),
    "count without each": (RESIDENT, "{fact: no_claim_years, each: 1000}", "{fact: no_claim_years}", ["each"]),
    "each of an amount": (RESIDENT, "{fact: prev_deductible}", "{fact: prev_deductible, each: 5}", ["each"]),
    "combine a word": (RESIDENT, "{table: stay_deductible}", "{combine: level, table: stay_deductible}", ["`level` is not a set fact"]),
    "combine without a table": (RESIDENT, "{table: stay_deductible}", "{combine: accredited}", ["table"]),
    "combine in another way": (RESIDENT, "{table: stay_deductible}", "{combine: accredited, table: stay_deductible, mode: mean}", ["`mean`", "sum, largest"]),
    "no form of an amount": (RESIDENT, "{table: stay_deductible}", "{times: 50%}", ["no form"]),
    "multiple of nothing": (RESIDENT, "{table: stay_deductible}", "{table: stay_deductible, round_to: 0}", ["multiple of 0"]),
    "share of a share": (RESIDENT, "    - {value: 10%, basis: base}\n", "    - {value: {bands: [{to: 100, rate: {by: level, l1: 10%, else: 20%}}, {rate: 5%}]}}\n",
                         ["cannot have conditions"]),
    "route elsewhere unknown": ("pack.yaml", "{filing: filed, route: filed,", "{filing: filed, route: felled,",
                                ["`felled`", "dictionary of `route`"]),
    "kind elsewhere unknown": ("pack.yaml", "{filing: referred, route: referred, kinds: [inpatient,",
                               "{filing: referred, route: referred, kinds: [impatient,", ["`impatient`", "visit_kind"]),
    "settled elsewhere without a basis": ("pack.yaml", "kinds: [inpatient, day_surgery, outpatient, chronic], basis: your document}",
                                          "kinds: [inpatient, day_surgery, outpatient, chronic]}", ["`basis` is missing"]),
    "area elsewhere": ("pack.yaml", "{emergency: yes, route:", "{emergency: yes, areas: [Beijing], route:", ["`Beijing`", "digits"]),
    "emergency elsewhere": ("pack.yaml", "{emergency: yes,", "{emergency: maybe,", ["`maybe`", "yes or no"]),
    "level elsewhere": ("pack.yaml", "cross_area:\n", "cross_area:\n@  levels: {tertiary: l9}\n", ["`l9`", "dictionary of `level`"]),
    "stacks are no list": (EMPLOYEE, "stacks:\n  - stack: inpatient\n", "stacks: {}\nstack:\n  - stack: inpatient\n", ["list"], "any"),
    "counters of a stack are no list": (EMPLOYEE, "    counts: [stays]\n", "    counts: stays\n", ["list"]),
    "money counted": (EMPLOYEE, "    counts: [stays]\n", "    counts: [pool]\n", ["`pool`", "wrong unit"]),
    "limits are no list": (RESIDENT, "  limit:\n    - {if: {tag: bed, level: l3}, per: unit, amount: 60} ", "  limit: none\n  limits:\n    - {if: {tag: bed, level: l3}, per: unit, amount: 60} ",
                           ["list"], "any"),
    "limit per night": (RESIDENT, "{if: {tag: bed}, per: unit, amount: 40}", "{if: {tag: bed}, per: night, amount: 40}", ["`night`", "unit, line"]),
    "months of a waiting period": (EMPLOYEE, "{if: {kind: employer}, starts: {from: registered_on, add_months: 1,", "{if: {kind: employer}, starts: {from: registered_on, add_months: one,",
                                   ["`one`"]),
    "manifest without a name": ("pack.yaml", "name: {zh: 模板, en: Template}\n", "", ["`name` is missing"], None),
    "filings another way": ("pack.yaml", "uses: [../common]", "uses: [../common]\nfilings: {disease: perhaps}", ["at_once", "decision"], 16),
    "filings of another kind": ("pack.yaml", "uses: [../common]", "uses: [../common]\nfilings: {wish: at_once}", ["wish"], 16),
    "used folder missing": ("pack.yaml", "uses: [../common]", "uses: [../commons]", ["cannot read the file"], "file"),
}

RUN_ENV = {**os.environ, "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": "detect_leaks=0"}


def check(folder):
    done = subprocess.run([GONGJI, "--lang", "en", "pack", "check", str(folder)], env=RUN_ENV, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    problems = [m.groupdict() for m in re.finditer(
        r"^(?P<file>[^:\n]+)(?::(?P<line>\d+):\d+)?: (?P<kind>error|warning): (?P<text>.*)$", done.stderr, re.M)]
    return done.returncode, problems, done.stdout + done.stderr


@pytest.fixture
def pack(tmp_path):
    shutil.copytree(ROOT / "packs/common", tmp_path / "common")
    shutil.copytree(ROOT / "packs/template", tmp_path / "template")
    return tmp_path / "template"


def break_file(pack, name, old, new):
    """Replaces the one place; the line the checker should name (of the mark, or of the first difference)."""
    path = pack / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    at = text.index(old)
    if "@" in new:
        line = text[:at].count("\n") + new[:new.index("@")].count("\n") + 1
        new = new.replace("@", "")
    else:
        same = len(os.path.commonprefix([old, new]))
        line = text[:at].count("\n") + old[:same].count("\n") + 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path, line


def layer_line(path, dotted):
    """The line where the layer (or the key inside it) begins; its mapping may be said to begin a line later."""
    line, lines = 0, path.read_text(encoding="utf-8").splitlines()
    for depth, key in enumerate(dotted.split(".")):
        line = next(n for n in range(line, len(lines)) if lines[n].startswith("  " * depth + key + ":"))
    return {line + 1, line + 2}


def test_the_template_is_right(pack):
    status, problems, said = check(pack)
    assert (status, problems) == (0, []), said


@pytest.mark.parametrize("mistake", MISTAKES)
def test_one_mistake(pack, mistake):
    name, old, new, words, *where = MISTAKES[mistake]
    path, line = break_file(pack, name, old, new)
    status, problems, said = check(pack)
    assert status == 1, said
    errors = [p for p in problems if p["kind"] == "error"]
    assert errors, said
    matching = [p for p in errors if all(word in p["text"] for word in words)]
    assert matching, f"none of these says {words}:\n{said}"
    where = where[0] if where else line
    if where == "file":
        return
    right = [p for p in matching if Path(p["file"]).resolve() == path.resolve() or where == "any"]
    assert right, f"not in {name}:\n{said}"
    if where is None:
        lines = {1, 2, 3}        # of the whole file: where its mapping begins, below the comment at its head
        text = path.read_text(encoding="utf-8").splitlines()
        lines |= {next(n for n, t in enumerate(text, 1) if t and t[0] != "#")}
    elif where == "any":
        lines = None
    else:
        lines = {where} if isinstance(where, int) else layer_line(path, where)
    if lines:
        assert any(int(p["line"] or 0) in lines for p in right), f"expected a line of {sorted(lines)}:\n{said}"


def test_a_mistake_does_not_hide_the_next(pack):
    for mistake in ("payer unknown", "share without its sign", "layer not there", "heap unknown"):
        name, old, new, *_ = MISTAKES[mistake]
        break_file(pack, name, old, new)
    status, problems, said = check(pack)
    assert status == 1
    for words in ("tilts", "`50`", "too_pool", "overcap"):
        assert any(words in p["text"] for p in problems), said


def test_versions_may_not_overlap(pack):
    text = (pack / EMPLOYEE).read_text(encoding="utf-8")
    later = pack / "policy/employee-2027.yaml"
    later.write_text(text.replace("from: 2026-01-01\n", "from: 2027-01-01\n"), encoding="utf-8")
    assert check(pack)[0] == 0                                       # an open version ends where the next begins
    (pack / EMPLOYEE).write_text(text.replace("from: 2026-01-01\n", "from: 2026-01-01\nuntil: 2027-01-01\n"), encoding="utf-8")
    status, problems, said = check(pack)
    assert status == 1 and any("overlaps" in p["text"] for p in problems), said
    (pack / EMPLOYEE).write_text(text.replace("from: 2026-01-01\n", "from: 2026-01-01\nuntil: 2026-12-31\n"), encoding="utf-8")
    assert check(pack)[0] == 0


def test_two_policies_of_one_scheme_overlap(pack):
    text = (pack / EMPLOYEE).read_text(encoding="utf-8")
    (pack / "policy/other.yaml").write_text(text.replace("policy: template-employee", "policy: other"), encoding="utf-8")
    status, problems, said = check(pack)
    assert status == 1 and any("overlaps" in p["text"] for p in problems), said


def test_the_same_first_day_twice(pack):
    shutil.copy(pack / EMPLOYEE, pack / "policy/again.yaml")
    status, problems, said = check(pack)
    assert status == 1 and any("overlaps" in p["text"] for p in problems), said


def test_a_layer_in_no_stack_is_worth_a_warning(pack):
    break_file(pack, RESIDENT, "    layers: [pool, catastrophic, assistance, tilt]\n  - stack: maternity",
               "    layers: [pool, catastrophic, assistance]\n  - stack: maternity")
    break_file(pack, RESIDENT, "    layers: [chronic_pool, catastrophic, assistance, tilt]",
               "    layers: [chronic_pool, catastrophic, assistance]")
    status, problems, said = check(pack)
    assert status == 0, said
    assert [p["kind"] for p in problems] == ["warning"], said
    assert "tilt" in problems[0]["text"]


WHOLE_FILES = {
    "empty": ("", "empty"),
    "only a comment": ("# nothing\n", "empty"),
    "a second document": ("a: 1\n---\nb: 2\n", "document"),
    "a list": ("- a\n- b\n", "mapping"),
    "a word": ("policy\n", "mapping"),
    "not UTF-8": (b"policy: \xff\xfe\n", "YAML"),
    "binary": (bytes(range(256)), "YAML"),
}


@pytest.mark.parametrize("kind", WHOLE_FILES)
@pytest.mark.parametrize("name", ["policy/x.yaml", "dictionary/x.yaml", "calendar/x.yaml", "pack.yaml"])
def test_whole_files(pack, kind, name):
    content, words = WHOLE_FILES[kind]
    path = pack / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    status, problems, said = check(pack)
    assert status == 1, said
    assert any(words in p["text"] and Path(p["file"]).resolve() == path.resolve() for p in problems), said


DICTIONARIES = {
    "word twice": ("dictionary: seat\nvalues:\n  village: {zh: 村, en: village}\n  village: {zh: 村, en: village}\n", 4, "village"),
    "word of the shared dictionary again": ("dictionary: level\nvalues:\n  l1: {zh: 一级, en: level 1}\n", 3, "already stands in"),
    "unknown fact": ("dictionary: levels\nvalues:\n  x: {zh: 甲, en: x}\n", 1, "levels"),
    "fact without words": ("dictionary: age\nvalues:\n  x: {zh: 甲, en: x}\n", 1, "age"),
    "payer without field": ("dictionary: payer\nvalues:\n  x: {zh: 甲, en: x}\n", 3, "field"),
    "payer with a field of nobody": ("dictionary: payer\nvalues:\n  x: {zh: 甲, en: x, field: my_pay}\n", 3, "my_pay"),
    "field for no payer": ("dictionary: seat\nvalues:\n  x: {zh: 甲, en: x, field: hifp_pay}\n", 3, "payers only"),
    "no Chinese": ("dictionary: seat\nvalues:\n  x: {en: x}\n", 3, "`zh` is missing"),
    "values are a list": ("dictionary: seat\nvalues: [x, y]\n", 2, "mapping"),
    "no values": ("dictionary: seat\n", 1, "`values` is missing"),
}


@pytest.mark.parametrize("mistake", DICTIONARIES)
def test_dictionaries(pack, mistake):
    text, line, words = DICTIONARIES[mistake]
    (pack / "dictionary").mkdir()
    (pack / "dictionary/mine.yaml").write_text(text, encoding="utf-8")
    status, problems, said = check(pack)
    assert status == 1, said
    assert any(p["file"].endswith("dictionary/mine.yaml") and int(p["line"]) == line and words in p["text"]
               for p in problems), said


HEAD = "calendar: cn\nyear: 2027\nbasis: made up\n"
CALENDARS = {
    "day twice": (HEAD + "holidays:\n  - 2027-01-01\n  - 2027-01-01\n", 6, "twice"),
    "holiday and working day": (HEAD + "holidays: [2027-01-02]\nworkdays: [2027-01-02]\n", 5, "twice"),
    "another year": (HEAD + "holidays: [2028-01-01]\n", 4, "not in 2027"),
    "no day": (HEAD + "holidays: [2027-02-30]\n", 4, "2027-02-30"),
    "not a list": (HEAD + "holidays: 2027-01-01\n", 4, "list"),
    "no basis": ("calendar: cn\nyear: 2027\nholidays: []\n", 1, "`basis` is missing"),
}


@pytest.mark.parametrize("mistake", CALENDARS)
def test_calendars(pack, mistake):
    text, line, words = CALENDARS[mistake]
    (pack / "calendar").mkdir()
    (pack / "calendar/2027.yaml").write_text(text, encoding="utf-8")
    status, problems, said = check(pack)
    assert status == 1, said
    assert any(p["file"].endswith("calendar/2027.yaml") and int(p["line"]) == line and words in p["text"]
               for p in problems), said


def test_folders_that_use_each_other(pack):
    (pack / "pack.yaml").write_text("pack: a\nname: {zh: 甲, en: a}\nuses: [../template]\n", encoding="utf-8")
    status, problems, said = check(pack)
    assert status == 1 and any("too deeply" in p["text"] for p in problems), said


def test_no_folder(tmp_path):
    status, _, said = check(tmp_path / "nowhere")
    assert status == 1 and "nowhere" in said


def test_a_broken_pack_settles_nothing(pack):
    break_file(pack, RESIDENT, "    rate: 50%\n", "    rate: 50\n")
    done = subprocess.run([GONGJI, "--lang", "en", "settle", "--pack", str(pack), "--in", str(ROOT / "demo/bills.jsonl")],
                          env=RUN_ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "`50`" in done.stderr
