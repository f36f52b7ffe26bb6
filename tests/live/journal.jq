# SPDX-License-Identifier: GPL-3.0-or-later
# jq -sr -f journal.jq JOURNAL: what a simulator was asked that may never be asked, a line each.
# The list stands here once more, by hand: it is what the program is held to (design.md 9).
# An hour or a day of one log: no other pattern, no option, no second log.
def greps: "grep -e \"(Sun|Mon|Tue|Wed|Thu|Fri|Sat) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    + " ( [1-9]|[12][0-9]|3[01]) (([01][0-9]|2[0-3]):)?\" [A-Za-z0-9_][A-Za-z0-9_.-]{0,63}";
def commands: "version|status detail|status|displayalerts|workqueue status|featurekey"
    + "|clusterconfig list|clusterconfig connstatus|clustercheck|" + greps;
def cluster_commands: "clusterconfig list|clusterconfig connstatus|clustercheck";
def switch: "This command is restricted to \"cluster\" mode.  Would you like to switch to \"cluster\" mode? [Y]> ";
def logins: ["/esa/api/v2.0/login", "/sma/api/v2.0/login", "/login"];

# Events of one appliance over SSH, cut into channels.
def channels: reduce .[] as $e ([[]];
    if $e.event == "shell" or $e.event == "exec" or $e.event == "connect" then . + [[$e]] else .[-1] += [$e] end);

# Lines that were typed; Ctrl-C may stand anywhere, blanks are for the pager.
def typed($pager): [.[] | select(.event == "input") | .bytes] | join("") | split("\n")
    | map(gsub("\u0003"; "") | if $pager then sub("^ +"; "") else . end);

def bad_input($node; $pager): . as $events | typed($pager) as $lines
    | ($lines[:-1][] | select(test("^(" + commands + "|exit|Y|clustermode machine " + ($node | gsub("[.]"; "[.]")) + ")$") | not)
        | "typed: \(tojson)"),
      ($lines[-1] | select(. != "" and . != null) | "typed without an end: \(tojson)"),
      (range(1; $lines | length) | select($lines[.] == "Y" and ($lines[. - 1] | test("^(" + cluster_commands + ")$") | not))
        | "Y behind \($lines[. - 1] | tojson)"),
      ($lines[0] | select(. == "Y") | "Y before anything"),
      ([$events[] | select(.event == "answer")]
        | (.[] | select(.question != switch or .answer != "Y" or .default != "not taken") | "answered: \(tojson)"),
          (select(length != ($lines | map(select(. == "Y")) | length)) | "Y where nothing was asked"));

# An answer without end also fills the tallest terminal.
# Who is asked something before the prompt types nothing, not even Ctrl-C.
def bad_ssh($node): any(.[]; .event == "fault" and (.fault == "pager" or .fault == "endless")) as $pager
    | any(.[]; .event == "fault" and (.fault == "login-prompt" or .fault == "expired")) as $dialogue
    | (channels[] | bad_input($node; $pager)),
      (.[] | select($dialogue and .event == "input") | "typed into a dialogue at login: \(.bytes | tojson)"),
      (.[] | select(.event == "exec" and (.command | test("^((" + commands + ")|clustermode cluster ; (" + cluster_commands + "))$") | not))
        | "executed: \(.command | tojson)"),
      (.[] | select(.event == "session" and .open != "1") | "\(.open) sessions at a time");

def bad_https: (.[] | select(.event == "request") | .path |= sub("[?].*"; "")
        | select(.method != "GET" and (.method != "POST" or (.path | IN(logins[]) | not)))
        | "\(.method) \(.path)"),
    ([.[] | select(.event == "request" and (.path | startswith("/xml/status"))) | .t_ms]
        | range(1; length) as $i | select(.[$i] - .[$i - 1] < 60000) | "/xml/status twice in a minute");

group_by(.node)[] | .[0].node as $node | select($node != null)
    | (bad_ssh($node), bad_https,
       (.[] | select(.event == "changed") | "changed: \(tojson)"),
       (map(select(.event == "auth" and .ok == "no")) | length | select(. > 1) | "\(.) failed logins"))
    | "\($node): \(.)"
