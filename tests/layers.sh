#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# layers.sh BUILD: reads the object files of BUILD and speaks TAP. The pure room (checks/) calls
# neither the shells (plugin/, snmp/) nor the world; inside each room the arrows point one way. What a
# linker sees cannot be talked away by a comment. The last tests prove that each rule can fail.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(realpath "${1:-build}")
export LC_ALL=C
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Extended regular expressions over names as plain() leaves them: __printf_chk is printf.
world='open|openat|creat|fopen|freopen|fdopen|fclose|opendir|readdir|scandir|stat|lstat|fstat|access|unlink|rename|mkdir|mkstemp
|read|write|pread|pwrite|readv|writev|close|fread|fgets|getline|getdelim|getc|fgetc|getchar|fscanf|scanf|fmemopen|mmap
|socket|connect|bind|listen|accept|send|sendto|sendmsg|recv|recvfrom|recvmsg|poll|select|ioctl|fcntl|pipe|dup|dup2|getaddrinfo|gethostby.*
|time|clock|clock_gettime|gettimeofday|timespec_get|localtime|localtime_r|gmtime|gmtime_r|mktime|timegm|strftime|tzset|sleep|usleep|nanosleep|alarm
|getenv|secure_getenv|setenv|putenv|unsetenv|environ|setlocale|newlocale|uselocale|localeconv|gethostname|uname
|exit|_exit|_Exit|quick_exit|atexit|system|popen|pclose|fork|vfork|exec.*|posix_spawn.*|wait|waitpid|kill|raise|signal|sigaction|pthread_.*
|getpid|getppid|getuid|geteuid|getpw.*|isatty|syslog|rand|rand_r|srand|random|srandom|arc4random.*|getrandom
|stdin|stdout|stderr|printf|puts|putchar|putc|fputc|fputs|fwrite|fprintf|vprintf|vfprintf|dprintf|vdprintf|perror|fflush
|curl_.*|ssh_.*|sftp_.*|snmp_.*|netsnmp_.*
|json_(load|dump)(_file|f|fd)|(xml|html)(Ctxt)?Read(File|Fd|IO)|(xml|html)(SAX)?ParseFile.*|(xml|html)CreateFileParserCtxt|xmlNano(HTTP|FTP).*|xmlLoadExternalEntity
|xmlNewTextReaderFilename|(xml|html)Save.*File.*|(xml|html)DocDump|xmlXInclude.*|xmlLoadCatalog.*'
banned='strcpy|stpcpy|strcat|sprintf|vsprintf|strtok|sscanf|vsscanf|atoi|atol|atoll|atof|gets|localtime|asctime|ctime|tmpnam|mktemp|system|popen'
# What the pure room may need besides itself: memory, text in memory, numbers, the two libraries.
allowed='mem(cpy|pcpy|move|set|cmp|chr|rchr|mem)|str(n?len|n?cmp|n?casecmp|r?chr|str|c?spn|pbrk)|v?snprintf
|malloc|calloc|realloc|aligned_alloc|__cpu_(model|indicator_init)|free|abort|qsort|bsearch|(f?abs|modf|pow|round|floor|ceil|trunc|l?lround|log10|fmod)[fl]?
|json_.*|(xml|html)[A-Z].*|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|_?_(asan|ubsan|gcov|sanitizer|llvm)_.*'
core='^checks/(text|arena|fault|result|limit|time|release)[.]o$'

# table FOLDER: a line "OBJECT U|D SYMBOL" for each symbol needed or defined in its rooms.
table() {
    (cd "$1" && find checks plugin snmp -name '*.o' 2>/dev/null | sort | xargs -r nm -A -P -g) |
        awk '{ sub(/:$/, "", $1); print $1, $3 ~ /^[Uwv]$/ ? "U" : "D", $2 }'
}

plain='function plain(name) {
    sub(/^__isoc[0-9]+_/, "", name)
    if (sub(/_chk$/, "", name) || sub(/_2$/, "", name)) sub(/^__/, "", name)
    sub(/^_IO_/, "", name)
    sub(/64$/, "", name)
    return name
}'

# calls TABLE FROM NAMES: objects matching FROM that need a name matching NAMES, which they do not define.
calls() {
    awk -v from="$2" -v names="^(${3//$'\n'/})\$" "$plain"'
        NR == FNR { if ($2 == "D" && $1 ~ from) own[$3]; next }
        $2 == "U" && $1 ~ from && !($3 in own) && plain($3) ~ names { print $1 ": " $3 }' "$1" "$1"
}

# reaches TABLE FROM TO [BUT]: objects matching FROM that need a symbol defined in one matching TO
# and not BUT.
reaches() {
    awk -v from="$2" -v to="$3" -v but="${4:-^$}" '
        NR == FNR { if ($2 == "D" && $1 ~ to && $1 !~ but) home[$3] = $1; next }
        $2 == "U" && $1 ~ from && $3 in home { print $1 ": " $3 " of " home[$3] }' "$1" "$1"
}

check_objects() { # the files of checks/ that are a check, as a regular expression
    awk '$1 ~ /^checks\/[^\/]*$/ && $2 == "D" && $3 ~ /_check$/ { printf "%s%s", n++ ? "|" : "^(", $1 }
         END { print n ? ")$" : "^$" }' "$1"
}

rule_world() { calls "$1" '^checks/' "$world"; }
rule_plugin() { reaches "$1" '^checks/' '^(plugin|snmp)/'; }
rule_shells() { reaches "$1" '^snmp/' '^plugin/'; reaches "$1" '^plugin/' '^snmp/'; }
rule_rows() { calls "$1" '^snmp/(table|names|image|mib)[.]o$' "$world"; }
rule_agent() { # net-snmp in two files, its agent in one
    calls "$1" '^snmp/' '(net)?snmp_.*|init_(agent|snmp)|run_alarms' | grep -vE '^snmp/(agentx|selftest)[.]o: '
    calls "$1" '^snmp/selftest[.]o$' 'init_agent|netsnmp_.*(handler|agent).*|agent_check_and_process'
}
rule_closed() {
    awk -v allowed="^(${allowed//$'\n'/})\$" "$plain"'
        NR == FNR { if ($2 == "D" && $1 ~ /^checks\//) own[$3]; next }
        $2 == "U" && $1 ~ /^checks\// && !($3 in own) && plain($3) !~ allowed { print $1 ": " $3 }
    ' "$1" "$1"
}
rule_banned() { calls "$1" '^(checks|plugin|snmp)/' "$banned"; }
rule_parse() { reaches "$1" '^checks/parse/' "$(check_objects "$1")"; }
rule_core() { reaches "$1" "$core" '^checks/' "$core"; }
rule_render() { reaches "$1" '^plugin/render/' '^plugin/' '^plugin/render/'; }
rule_fetch() { reaches "$1" '^plugin/fetch/' '^plugin/(render|icinga|submit)/|^plugin/(check_asyncos|postcheck|replay)[.]o$'; }
# What puts bytes on a channel of the CLI: one file, behind its gate (design.md 9).
sends='ssh_channel_(write.*|request_(exec|subsystem|send_.*|x11|auth_agent|env))|sftp_.*|ssh_scp_.*|ssh_channel_open_(forward|reverse_forward|x11|auth_agent).*'
rule_gate() { calls "$1" '^plugin/' "$sends" | grep -v '^plugin/fetch/shell[.]o: ssh_channel_\(write\|request_exec\)$'; }
rule_light() { # check_asyncos must not pull in what asks: it starts in half the time without
    calls "$1" '^(checks|plugin)/' 'ssh_.*|curl_.*|ini_.*|SSL_.*|EVP_.*' |
        grep -vE '^plugin/(fetch/[a-z]+|config|config_key|hash|pack)[.]o: '
}
rules='world|checks/ does not call the world
plugin|checks/ does not call plugin/ or snmp/
shells|snmp/ and plugin/ do not know each other
rows|what snmp/ serves is computed without the world
agent|only snmp/agentx.c knows the agent library, beside it only selftest.c net-snmp
closed|checks/ needs only itself, libc in memory, libm, jansson, libxml2
banned|nothing calls a banned function
parse|checks/parse/ does not know the checks
core|the core of checks/ knows only itself
render|plugin/render/ does not know the rest of plugin/
fetch|plugin/fetch/ does not know plugin/render/, icinga/, submit/ or the programs
gate|only plugin/fetch/shell.c writes to a channel of the CLI
light|only what asks and records needs libssh, libcurl, OpenSSL, inih'

number=0 failed=0
tap() { # tap NAME OFFENDERS: ok when there are none
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        failed=1
        echo "not ok $number - $1"
        printf '%s\n' "$2" | sed 's/^/# /'
    fi
}

# Objects of sources that are gone do not count; sources without an object do.
table "$build" | while read -r object rest; do
    [ ! -f "${object%.o}.c" ] || echo "$object $rest"
done >"$tmp/real"
tap "every source of checks/, plugin/ and snmp/ has its object" "$(
    for source in $(find checks plugin snmp -name '*.c' | sort); do
        [ -f "$build/${source%.c}.o" ] || echo "$source has no object in $build"
    done
)"
while IFS='|' read -r rule name; do
    tap "$name" "$("rule_$rule" "$tmp/real")"
done <<<"$rules"

# The bad house: one violation of each rule, in one object each.
bad=$tmp/bad
mkdir -p "$bad"/checks/parse "$bad"/plugin/render "$bad"/plugin/fetch "$bad"/snmp
say() { echo "void $2(void); void $3(void) { $2(); }" >"$bad/$1.c"; }
echo 'int status_check;' >"$bad/checks/status.c"
say checks/text render_page text_x
echo 'extern int status_check; int *limit_x(void) { return &status_check; }' >"$bad/checks/limit.c"
echo 'extern int status_check; int *cli_x(void) { return &status_check; }' >"$bad/checks/parse/cli.c"
say checks/fleet __fprintf_chk fleet_x
say checks/cluster dlopen cluster_x
say checks/arena xmlReadFile arena_x
say checks/time __open64_2 time_x
say plugin/run __strcpy_chk run_x
say plugin/tool __isoc99_sscanf tool_x
say plugin/render/page run_x render_page
say plugin/fetch/ssh render_page ssh_x
say plugin/fetch/rogue ssh_channel_write rogue_x
say plugin/fetch/upload sftp_open upload_x
say plugin/report curl_easy_init report_x
say plugin/tray feed_x tray_x
say snmp/feed report_x feed_x
say snmp/table __printf_chk table_x
say snmp/image snmp_open image_x
say snmp/selftest netsnmp_register_handler selftest_x
for folder in checks checks/parse plugin plugin/render plugin/fetch snmp; do
    (cd "$bad/$folder" && ${CC:-gcc} -c -w ./*.c)
done
table "$bad" >"$tmp/table"
proves() { # proves RULE OFFENCE…: the rule finds exactly these
    local rule=$1 found wanted
    shift
    found=$("rule_$rule" "$tmp/table" | sort)
    wanted=$(printf '%s\n' "$@" | sort)
    [ "$found" = "$wanted" ] && found= || found="found: ${found:-nothing}"
    tap "rule '$rule' can fail" "$found"
}
proves world "checks/arena.o: xmlReadFile" "checks/fleet.o: __fprintf_chk" "checks/time.o: __open64_2"
proves plugin "checks/text.o: render_page of plugin/render/page.o"
proves shells "plugin/tray.o: feed_x of snmp/feed.o" "snmp/feed.o: report_x of plugin/report.o"
proves rows "snmp/image.o: snmp_open" "snmp/table.o: __printf_chk"
proves agent "snmp/image.o: snmp_open" "snmp/selftest.o: netsnmp_register_handler"
proves closed "checks/cluster.o: dlopen" "checks/fleet.o: __fprintf_chk" "checks/text.o: render_page" \
    "checks/time.o: __open64_2"
proves banned "plugin/run.o: __strcpy_chk" "plugin/tool.o: __isoc99_sscanf"
proves parse "checks/parse/cli.o: status_check of checks/status.o"
proves core "checks/limit.o: status_check of checks/status.o"
proves render "plugin/render/page.o: run_x of plugin/run.o"
proves fetch "plugin/fetch/ssh.o: render_page of plugin/render/page.o"
proves gate "plugin/fetch/rogue.o: ssh_channel_write" "plugin/fetch/upload.o: sftp_open"
proves light "plugin/report.o: curl_easy_init"
echo "1..$number"
exit "$failed"
