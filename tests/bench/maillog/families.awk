# SPDX-License-Identifier: GPL-3.0-or-later
# families.awk: how many lines of each family, in file style; nothing else. For mawk: the speed of what
# an administrator would type, without any join.
{
    # Www Mmm dd HH:MM:SS YYYY Level: word …
    first = $7
    if (first == "MID") {
        if ($9 == "ICID") family = "MID ICID " ($11 == "RID" ? "RID" : $11)
        else if ($9 == "interim") family = "MID interim " $10
        else family = "MID " $9
    } else if (first == "ICID" || first == "DCID") family = first " " $9
    else if (first == "New") family = "New " $9
    else if (first == "Message" || first == "Delivery" || first == "RPC") family = first " " $8
    else family = first
    count[family]++
}
END {
    for (family in count) print count[family], family
}
