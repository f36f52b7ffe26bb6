/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_STATUS_LINES_H
#define TESTS_UNIT_STATUS_LINES_H

/*
 * Lines of the status log as four releases write them: the sets of names follow mail-logs.md 0 and
 * (c), the numbers are invented and keep its identities. What is not a name of the reference
 * stands for those that are not known here ("Nw" and a letter).
 */

#define STATUS_MAIL(mid, inj, dlv)                                                                 \
    "CrtMID " mid " CrtICID 3402 CrtDCID 912 InjMsg " inj " InjRcp 1302 GenBncRcp 12 RejRcp 44 "   \
    "DrpMsg 7 SftBncEvnt 16 CmpRcp 1200 HrdBncRcp 18 DnsHrdBnc 2 5XXHrdBnc 13 FltrHrdBnc 0 "       \
    "ExpHrdBnc 1 OtrHrdBnc 2 DlvRcp " dlv " DelRcp 2 GlbUnsbHt 0 ActvRcp 9 UnatmptRcp 7 "          \
    "AtmptRcp 2 CrtCncIn 3 CrtCncOut 4 DnsReq 14373 NetReq 22422 CchHit 46905 CchMis 50479 "       \
    "CchEct 1539 CchExp 35508 "

#define STATUS_2007                                                                                \
    "Status: CPULd 3 DskIO 5 RAMUtil 12 QKUsd 0 QKFre 8388608 " STATUS_MAIL(                       \
        "1201", "100", "1180") "CPUTTm 37 CPUETm 2636 MaxIO 350 RAMUsd 21528056 MMLen 0 "          \
                               "DstInMem 4 ResCon 0 WorkQ 0 QuarMsgs 0 QuarQKUsd 0 LogUsd 3 "      \
                               "NwA 0 NwB 1 CASELd 3 TotalLd 3 LogAvail 17G NwC 0 NwD 0"

#define STATUS_2019                                                                                \
    "Status: CPULd 0 DskIO 0 RAMUtil 2 QKUsd 12 QKFre 41943028 " STATUS_MAIL(                      \
        "414695", "204", "1180") "CPUTTm 137 CPUETm 92636 MaxIO 350 RAMUsd 11 MMLen 0 "            \
                                 "DstInMem 4 ResCon 0 WorkQ 2 QuarMsgs 5 QuarQKUsd 20 LogUsd 13 "  \
                                 "SBLd 0 CASELd 3 TotalLd 31 LogAvail 148G NwA 0 NwB 1 NwC 0 "     \
                                 "NwD 0 NwE 12 NwF 4 NwG 0 NwH 0 NwI 3 NwJ 9 NwK 0 NwL 1 NwM 0"

#define STATUS_14                                                                                  \
    "Status: CPULd 1 DskIO 0 RAMUtil 4 QKUsd 44 QKFre 8388564 " STATUS_MAIL(                       \
        "16489343", "10526355", "1180") "CPUTTm 2137 CPUETm 108140 MaxIO 9223 RAMUsd 9921 "        \
                                        "MMLen 0 DstInMem 14 ResCon 0 WorkQ 1 QuarMsgs 0 "         \
                                        "QuarQKUsd 0 LogUsd 22 SBLd 0 CASELd 1 TotalLd 12 "        \
                                        "LogAvail 66G NwA 0 NwB 0 NwC 0 NwD 0 NwE 0 NwF 0 NwG 0 "  \
                                        "NwH 0 NwI 0 NwJ 0 NwK 0 NwL 0 NwM 0 SwapUsage 0%"

#define STATUS_16                                                                                  \
    "Status: CPULd 2 DskIO 0 RAMUtil 5 QKUsd 60 QKFre 8388548 " STATUS_MAIL(                       \
        "16981659", "10842391", "1180") "CPUTTm 9137 CPUETm 1027634 MaxIO 9223 RAMUsd 9921 "       \
                                        "MMLen 0 DstInMem 11 ResCon 0 WorkQ 0 QuarMsgs 0 "         \
                                        "QuarQKUsd 0 LogUsd 5 SBLd 0 CASELd 1 TotalLd 10 "         \
                                        "LogAvail 1T NwA 0 NwB 0 NwC 0 NwD 0 NwE 0 NwF 0 NwG 0 "   \
                                        "NwH 0 NwI 0 NwJ 0 NwK 0 NwL 0 NwM 0"

#endif
