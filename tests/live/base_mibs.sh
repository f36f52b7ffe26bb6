#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# base_mibs.sh DIR: writes what POSTCHECK-MIB imports, as little as a parser of modules needs, for
# the tests. Debian has the real modules outside of main only, and nothing of ours reads them.
set -eu
cd "$1"
macros() {
    for name in "$@"; do
        printf '%s MACRO ::= BEGIN\nTYPE NOTATION ::= empty\nVALUE NOTATION ::= value(VALUE OBJECT IDENTIFIER)\nEND\n' "$name"
    done
}

{
    echo 'SNMPv2-SMI DEFINITIONS ::= BEGIN'
    while read -r name place; do
        echo "$name OBJECT IDENTIFIER ::= { $place }"
    done <<'.'
org iso 3
dod org 6
internet dod 1
mgmt internet 2
mib-2 mgmt 1
private internet 4
enterprises private 1
snmpV2 internet 6
snmpModules snmpV2 3
.
    macros MODULE-IDENTITY OBJECT-IDENTITY OBJECT-TYPE NOTIFICATION-TYPE
    cat <<'.'
Integer32 ::= [UNIVERSAL 2] IMPLICIT INTEGER (-2147483648..2147483647)
IpAddress ::= [APPLICATION 0] IMPLICIT OCTET STRING (SIZE (4))
Counter32 ::= [APPLICATION 1] IMPLICIT INTEGER (0..4294967295)
Gauge32 ::= [APPLICATION 2] IMPLICIT INTEGER (0..4294967295)
Unsigned32 ::= [APPLICATION 2] IMPLICIT INTEGER (0..4294967295)
TimeTicks ::= [APPLICATION 3] IMPLICIT INTEGER (0..4294967295)
END
.
} >SNMPv2-SMI
{
    printf '%s\n' 'SNMPv2-CONF DEFINITIONS ::= BEGIN'
    macros OBJECT-GROUP NOTIFICATION-GROUP MODULE-COMPLIANCE
    echo END
} >SNMPv2-CONF
{
    printf '%s\n' 'SNMPv2-TC DEFINITIONS ::= BEGIN' 'IMPORTS TimeTicks FROM SNMPv2-SMI;'
    macros TEXTUAL-CONVENTION
    cat <<'.'
TruthValue ::= TEXTUAL-CONVENTION
    STATUS current
    DESCRIPTION "A truth."
    SYNTAX INTEGER { true(1), false(2) }
DateAndTime ::= TEXTUAL-CONVENTION
    DISPLAY-HINT "2d-1d-1d,1d:1d:1d.1d,1a1d:1d"
    STATUS current
    DESCRIPTION "A date."
    SYNTAX OCTET STRING (SIZE (8 | 11))
END
.
} >SNMPv2-TC
cat >SNMP-FRAMEWORK-MIB <<'.'
SNMP-FRAMEWORK-MIB DEFINITIONS ::= BEGIN
IMPORTS
    MODULE-IDENTITY, snmpModules FROM SNMPv2-SMI
    TEXTUAL-CONVENTION FROM SNMPv2-TC;
snmpFrameworkMIB MODULE-IDENTITY
    LAST-UPDATED "202611270000Z"
    ORGANIZATION "postcheck"
    CONTACT-INFO "postcheck"
    DESCRIPTION "The one definition that is wanted."
    REVISION "202611270000Z"
    DESCRIPTION "First version."
    ::= { snmpModules 10 }
SnmpAdminString ::= TEXTUAL-CONVENTION
    DISPLAY-HINT "255t"
    STATUS current
    DESCRIPTION "Text."
    SYNTAX OCTET STRING (SIZE (0..255))
END
.
