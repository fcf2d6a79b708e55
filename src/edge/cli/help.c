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
     "  gongji init [--db FILE]            建库，建立三个管理员\n"
     "  gongji serve [--db FILE] [--packs DIR] [--address A] [--port N]  启动服务\n"
     "  gongji user list|add|role|reset|disable|enable  维护用户\n"
     "  gongji import KIND FILE [--db FILE] [--area CODE] [--dry-run]  导入人员、机构、目录等\n"
     "  gongji check [--db FILE]           核对数据库的各项不变式\n"
     "  gongji backup --out FILE [--db FILE]    在线备份并校验\n"
     "  gongji restore --from FILE --db FILE    恢复\n"
     "  gongji bench --url http://HOST:PORT --login L --password-file F  压力测试，报告速度\n"
     "  gongji help [settle|pack|serve|user|import|bench|exit]\n"
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
     "  gongji init [--db FILE]            make the database and its three administrators\n"
     "  gongji serve [--db FILE] [--packs DIR] [--address A] [--port N]  serve pages and programs\n"
     "  gongji user list|add|role|reset|disable|enable  who works here\n"
     "  gongji import KIND FILE [--db FILE] [--area CODE] [--dry-run]  persons, providers, items "
     "…\n"
     "  gongji check [--db FILE]           what must always be true, counted\n"
     "  gongji backup --out FILE [--db FILE]    a verified copy, while others work\n"
     "  gongji restore --from FILE --db FILE    back from a copy\n"
     "  gongji bench --url http://HOST:PORT --login L --password-file F  load, and how fast it is\n"
     "  gongji help [settle|pack|serve|user|import|bench|exit]\n"
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
    {"serve",
     "gongji init：建立或升级数据库\n"
     "gongji serve：启动服务，直到收到 SIGTERM 或 SIGINT；已开始的请求会做完\n"
     "\n"
     "  --db FILE        数据库：文件，或 postgres://…；默认 $GONGJI_DB，再默认 gongji.db\n"
     "  --packs DIR      政策包所在目录；默认 packs\n"
     "  --address A      监听地址；默认 127.0.0.1\n"
     "  --port N         端口，0 为任意空闲端口；默认 8080\n"
     "  --node N         多台服务器共用一个数据库时各不相同，1 到 62；默认 1\n"
     "  --log N          0 不记，1 只记错误，2 每个请求一行 JSON（标准错误）；默认 2\n"
     "  --behind-proxy   客户地址取 X-Forwarded-For 的最后一个\n"
     "\n"
     "init 只需要 --db。首次运行时显示系统、安全、审计三个管理员的初始密码，只显示一次。\n",
     "gongji init: make a database, or bring it to this version\n"
     "gongji serve: serve until SIGTERM or SIGINT; requests that have begun are finished\n"
     "\n"
     "  --db FILE        a file, or postgres://…; default $GONGJI_DB, else gongji.db\n"
     "  --packs DIR      the folder with the packs; default packs\n"
     "  --address A      to listen on; default 127.0.0.1\n"
     "  --port N         0 is any free one; default 8080\n"
     "  --node N         1 to 62, another for each server on one database; default 1\n"
     "  --log N          0 nothing, 1 errors, 2 a line of JSON per request, on standard error; "
     "default 2\n"
     "  --behind-proxy   the client's address is the last one in X-Forwarded-For\n"
     "\n"
     "init takes --db only.  The first time it tells the passwords of the administrators of "
     "system, "
     "security and\naudit, once.\n"},
    {"user",
     "gongji user：在服务器上维护用户，记入审计\n"
     "\n"
     "  list                             所有用户：用户名、姓名、状态、统筹区、角色\n"
     "  add LOGIN [--name 姓名] [--area 区划] [--provider 机构编号] [--role 角色]…  显示初始密码\n"
     "  role LOGIN [角色…]               改为恰好这些角色\n"
     "  reset LOGIN                      新的初始密码，并解除锁定\n"
     "  disable LOGIN、enable LOGIN      停用（立即退出登录）、启用\n"
     "\n"
     "都可加 --db。三个管理员角色不能兼任，也不能与业务角色兼任。\n",
     "gongji user: users, from the command line of the server; audited\n"
     "\n"
     "  list                             login, name, state, area, roles\n"
     "  add LOGIN [--name N] [--area CODE] [--provider ID] [--role R]…  tells the first password\n"
     "  role LOGIN [ROLE…]               exactly these roles from now on\n"
     "  reset LOGIN                      a new first password; ends a lock\n"
     "  disable LOGIN, enable LOGIN      out at once; back again\n"
     "\n"
     "All take --db.  One person holds only one of the administrators' roles, and none of them "
     "with\n"
     "roles of the business.\n"},
    {"import",
     "gongji import：导入 CSV 文件，记入审计\n"
     "\n"
     "  KIND           areas providers agreements items terms diseases persons covers flags\n"
     "  FILE           CSV，UTF-8 或 GB18030；- 为标准输入\n"
     "  --db DB        数据库，默认 $GONGJI_DB 或 gongji.db\n"
     "  --packs DIR    政策包目录，词汇以其为准；默认 packs\n"
     "  --area CODE    文件没有写明时所属的区划，也是查找身份证号的范围\n"
     "  --columns M    列的对应，如 item_code:=GX{id},name=generic_name,kind:=drug\n"
     "  --map FILE     同上，写在文件里，如 packs/common/import/guangxi_drug_items.map\n"
     "  --dry-run      只检查，不保存\n"
     "  --quiet        不显示进度和汇总\n"
     "\n"
     "有误的行写到标准错误：文件:行号: 代码 列: 原因，其余照常保存；重复导入不会重复。\n"
     "各种文件的列见 docs/import.md。\n",
     "gongji import: a CSV file into the database; audited\n"
     "\n"
     "  KIND           areas providers agreements items terms diseases persons covers flags\n"
     "  FILE           CSV, UTF-8 or GB18030; - is standard input\n"
     "  --db DB        default $GONGJI_DB, else gongji.db\n"
     "  --packs DIR    the packs whose words are allowed; default packs\n"
     "  --area CODE    where rows belong that do not say it, and where certificate numbers are "
     "looked for\n"
     "  --columns M    where columns come from: item_code:=GX{id},name=generic_name,kind:=drug\n"
     "  --map FILE     the same from a file, such as packs/common/import/guangxi_drug_items.map\n"
     "  --dry-run      check, keep nothing\n"
     "  --quiet        no progress, no summary\n"
     "\n"
     "Wrong rows go to standard error as FILE:LINE: CODE column: reason, and the rest is kept; a "
     "file that is\n"
     "imported twice changes nothing.  The columns of each kind: docs/import.md.\n"},
    {"bench",
     "gongji bench：压力测试，或准备一个测试库\n"
     "\n"
     "  --url U            服务地址，默认 http://127.0.0.1:8080\n"
     "  --login L          用户名；--password-file F 文件第一行为密码\n"
     "  --connections N    连接数，默认 64\n"
     "  --seconds N        计数的时长，默认 20；--warm N 之前的预热，默认 2\n"
     "  --requests N       改为恰好这么多次\n"
     "  --lines N          每张账单的行数，默认 8\n"
     "  --on DAY           账单为此日及之前 27 天，默认今天\n"
     "  --persons N        向服务读取多少人，默认 100000；--persons-from F 从文件读取编号\n"
     "  --get PATH         不结算，改为读取这些页面，可多次给出\n"
     "  --seed N           同样的数，同样的账单\n"
     "\n"
     "  --prepare --db DB [--persons N] [--providers N] [--items N] [--settlements N]\n"
     "                     在空库中填入虚构的人员、医院和目录；结算只是供列表显示的行\n",
     "gongji bench: load for a running server, or a database to aim it at\n"
     "\n"
     "  --url U            of the server; default http://127.0.0.1:8080\n"
     "  --login L          a clerk; --password-file F has the password in its first line\n"
     "  --connections N    each asks, waits for the answer, asks again; default 64\n"
     "  --seconds N        that count, default 20; --warm N before them, default 2\n"
     "  --requests N       exactly so many instead\n"
     "  --lines N          of each bill, default 8\n"
     "  --on DAY           bills are of this day and the 27 before; default today\n"
     "  --persons N        people asked of the server, default 100000; --persons-from F: ids, one "
     "a line\n"
     "  --get PATH         fetch this page instead of settling; may be given several times\n"
     "  --seed N           the same number, the same bills\n"
     "\n"
     "  --prepare --db DB [--persons N] [--providers N] [--items N] [--settlements N]\n"
     "                     made-up people, hospitals and a catalogue in an empty database; "
     "settlements are\n"
     "                     rows for lists to show\n"},
    {"exit",
     "退出码\n"
     "  0  全部完成\n"
     "  1  文件或政策包无法使用\n"
     "  2  命令写法不对\n"
     "  3  有账单或行读不懂，或政策无法计算；或两个政策包不同\n",
     "exit status\n"
     "  0  everything was done\n"
     "  1  a file or pack cannot be used\n"
     "  2  wrong usage\n"
     "  3  some bills or rows could not be read or calculated; or two packs differ\n"},
};

int cli_help(const cli_call *call, const char *topic)
{
    if (topic && strcmp(topic, "init") == 0)
        topic = "serve"; /* told together */
    for (ptrdiff_t i = 0; i < COUNTOF(texts); i++) {
        if (strcmp(texts[i].topic, topic ? topic : "") == 0) {
            fputs(call->lang == LANG_ZH ? texts[i].zh : texts[i].en, stdout);
            return EXIT_OK;
        }
    }
    return cli_usage(call, cli_say(call, "没有帮助主题 `%s`", "there is no help on `%s`"), topic);
}
