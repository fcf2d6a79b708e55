#include "edge/cli/cli.h"

#include <stdio.h>

typedef struct {
    const char *topic, *zh, *en;
} help_text;

static const help_text texts[] = {
    {"",
     "gongji 共济：医保待遇结算\n"
     "\n"
     "用法：\n"
     "  gongji settle --pack DIR --in FILE [--out FILE] [--explain] [--threads N]\n"
     "  gongji pack check DIR              检查政策包，指出文件、行号和应有的写法\n"
     "  gongji pack explain DIR [--policy ID]  用人话读出政策\n"
     "  gongji pack diff A B               列出两个政策包的不同\n"
     "  gongji help [settle|pack|exit]\n"
     "  gongji --version\n"
     "\n"
     "任何命令都可加 --lang zh 或 --lang en；不写则按系统语言。\n",
     "gongji: medical-insurance benefits, settled and explained\n"
     "\n"
     "usage:\n"
     "  gongji settle --pack DIR --in FILE [--out FILE] [--explain] [--threads N]\n"
     "  gongji pack check DIR              what is wrong in a pack: file, line, what was expected\n"
     "  gongji pack explain DIR [--policy ID]  the policy as a person would read it\n"
     "  gongji pack diff A B               what changed between two packs\n"
     "  gongji help [settle|pack|exit]\n"
     "  gongji --version\n"
     "\n"
     "Every command takes --lang zh or --lang en; without it the system's language is used.\n"},
    {"settle",
     "gongji settle：按政策包结算账单\n"
     "\n"
     "  --pack DIR     政策包目录，如 packs/ningde\n"
     "  --in FILE      账单：每行一个 JSON（.jsonl），或 .csv；- 为标准输入\n"
     "  --out FILE     结果，每行一个 JSON；默认标准输出\n"
     "  --explain      每张账单附上逐步说明\n"
     "  --text         结果写成给人看的文字，而不是 JSON\n"
     "  --threads N    线程数，结果与线程数无关；默认 1\n"
     "  --format F     jsonl 或 csv；默认看文件名\n"
     "  --quiet        不显示进度和汇总\n"
     "\n"
     "同一人同一年度的累计按文件顺序滚动。读不懂的行写到标准错误：文件:行号: 代码 字段: 原因，\n"
     "其余照常结算。格式见 docs/bill-format.md。\n",
     "gongji settle: settle bills under a policy pack\n"
     "\n"
     "  --pack DIR     the pack, such as packs/ningde\n"
     "  --in FILE      bills: one JSON object per line (.jsonl), or .csv; - is standard input\n"
     "  --out FILE     settlements, one JSON object per line; default standard output\n"
     "  --explain      with every step of the calculation\n"
     "  --text         for people to read, instead of JSON\n"
     "  --threads N    the result does not depend on it; default 1\n"
     "  --format F     jsonl or csv; default by the file's name\n"
     "  --quiet        no progress, no summary\n"
     "\n"
     "A person's accumulators roll on in file order.  A line that cannot be read goes to standard "
     "error as\n"
     "FILE:LINE: CODE field: reason, and the rest is settled.  Format: docs/bill-format.md.\n"},
    {"pack",
     "gongji pack：政策包\n"
     "\n"
     "  check DIR                  检查；没有错误时退出码 0\n"
     "  explain DIR [--policy ID]  读出政策：险种、分层、比例、限额、依据\n"
     "  diff A B                   逐项列出不同；相同时退出码 0，不同为 3\n"
     "\n"
     "政策包的写法见 docs/pack-format.md，可从 packs/template 抄起。\n",
     "gongji pack: policy packs\n"
     "\n"
     "  check DIR                  exit status 0 when there is no error\n"
     "  explain DIR [--policy ID]  schemes, layers, rates, caps and what they rest on\n"
     "  diff A B                   every difference; exit status 0 when alike, 3 when not\n"
     "\n"
     "How to write one: docs/pack-format.md; start from packs/template.\n"},
    {"exit",
     "退出码\n"
     "  0  全部完成\n"
     "  1  文件或政策包无法使用\n"
     "  2  命令写法不对\n"
     "  3  有账单读不懂或政策无法计算；或两个政策包不同\n",
     "exit status\n"
     "  0  everything was done\n"
     "  1  a file or pack cannot be used\n"
     "  2  wrong usage\n"
     "  3  some bills could not be read or calculated; or two packs differ\n"},
};

int cli_help(const cli_call *call, const char *topic)
{
    for (ptrdiff_t i = 0; i < COUNTOF(texts); i++) {
        if (strcmp(texts[i].topic, topic ? topic : "") == 0) {
            fputs(call->lang == LANG_ZH ? texts[i].zh : texts[i].en, stdout);
            return EXIT_OK;
        }
    }
    return cli_usage(call, cli_say(call, "没有帮助主题 `%s`", "there is no help on `%s`"), topic);
}
