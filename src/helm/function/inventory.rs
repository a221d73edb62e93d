//! Every name that Helm 4.3.1 gives to templates, and where it stands, so that none is forgotten.
//!
//! sprig's `env` and `expandenv` are not among them: Helm takes them away. Go's builtins are the executor's.

use std::collections::BTreeSet;

use super::FAMILIES;

/// What Helm 4.3.1 gives: sprig 3.3.0's functions and its own.
const HELM: &str = "\
    abbrev abbrevboth add add1 add1f addf adler32sum ago all any append atoi b32dec b32enc b64dec b64enc base \
    bcrypt biggest buildCustomCert camelcase cat ceil chunk clean coalesce compact concat contains date \
    dateInZone dateModify date_in_zone date_modify decryptAES deepCopy deepEqual default derivePassword dict dig \
    dir div divf duration durationDays durationHours durationMicroseconds durationMilliseconds durationMinutes \
    durationNanoseconds durationRound durationRoundTo durationSeconds durationTruncateTo durationWeeks empty \
    encryptAES ext fail first float64 floor fromJson fromJsonArray fromToml fromYaml fromYamlArray genCA \
    genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey get \
    getHostByName has hasKey hasPrefix hasSuffix hello htmlDate htmlDateInZone htpasswd include indent initial \
    initials int int64 isAbs join kebabcase keys kindIs kindOf last list lookup lower max maxf merge \
    mergeOverwrite min minf mod mul mulf mustAppend mustChunk mustCompact mustDateModify mustDeepCopy mustFirst \
    mustFromJson mustHas mustInitial mustLast mustMerge mustMergeOverwrite mustPrepend mustPush mustRegexFind \
    mustRegexFindAll mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit mustRest \
    mustReverse mustSlice mustToDate mustToDuration mustToJson mustToPrettyJson mustToRawJson mustToToml \
    mustToYaml mustUniq mustWithout must_date_modify nindent nospace now omit osBase osClean osDir osExt osIsAbs \
    pick pluck plural prepend push quote randAlpha randAlphaNum randAscii randBytes randInt randNumeric \
    regexFind regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit repeat \
    replace required rest reverse round semver semverCompare seq set sha1sum sha256sum sha512sum shuffle slice \
    snakecase sortAlpha split splitList splitn squote sub subf substr swapcase ternary title toDate toDecimal \
    toJson toPrettyJson toRawJson toString toStrings toToml toYaml toYamlPretty tpl trim trimAll trimPrefix \
    trimSuffix trimall trunc tuple typeIs typeIsLike typeOf uniq unixEpoch unset until untilStep untitle upper \
    urlJoin urlParse uuidv4 values without wrap wrapWith";

/// To and from YAML, JSON and TOML: the room of values.
const CONVERSION: &str = "\
    fromJson fromJsonArray fromToml fromYaml fromYamlArray mustFromJson mustToJson mustToPrettyJson \
    mustToRawJson mustToToml mustToYaml toJson toPrettyJson toRawJson toToml toYaml toYamlPretty";

/// Sums, keys, certificates, passwords, unique names: the room of cryptography.
const CRYPTOGRAPHY: &str = "\
    adler32sum bcrypt buildCustomCert decryptAES derivePassword encryptAES genCA genCAWithKey genPrivateKey \
    genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey htpasswd randBytes sha1sum \
    sha256sum sha512sum uuidv4";

/// Dates and durations: the room of dates.
const TIME: &str = "\
    ago date dateInZone dateModify date_in_zone date_modify duration durationDays durationHours \
    durationMicroseconds durationMilliseconds durationMinutes durationNanoseconds durationRound durationRoundTo \
    durationSeconds durationTruncateTo durationWeeks htmlDate htmlDateInZone mustDateModify mustToDate \
    mustToDuration must_date_modify now toDate unixEpoch";

fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split_whitespace()
}

#[test]
fn every_name_of_helm_stands_in_one_place() {
    let own = FAMILIES.into_iter().flatten().map(|function| function.name);
    let elsewhere = [CONVERSION, CRYPTOGRAPHY, TIME].into_iter().flat_map(words);
    let mut placed = BTreeSet::new();
    for name in own.chain(elsewhere) {
        assert!(placed.insert(name), "`{name}` stands twice");
    }
    let wanted: BTreeSet<_> = words(HELM).collect();
    assert_eq!(wanted.len(), 233);
    let (missing, invented) = (wanted.difference(&placed), placed.difference(&wanted));
    assert_eq!((missing.collect::<Vec<_>>(), invented.collect::<Vec<_>>()), (vec![], vec![]));
}
