"""What no output of this program says, whatever the policies: conclusions that people draw.

It documents and never decides: no share or score of human making, no ranking, no proof, no owner,
no protection, no clearance. Patterns for each language that an output can hold, our own drafts in
Chinese and Korean included. A policy adds what its own source of law would make of a record
(``Policy.forbidden_statements``).

A sentence that denies such a conclusion, or leaves it open, draws none: ``HEDGES`` are the words
by which it does. What can be said in so many ways is never caught whole; this watches over our own
templates and policies, not over people.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Hedge(NamedTuple):
    """Words by which a sentence leaves a conclusion open or denies it."""

    words: re.Pattern[str]
    side: Literal["before", "after"]
    """Where they stand in the sentence, as seen from the conclusion."""


HEDGES: Final = {
    "en": Hedge(
        re.compile(
            r"(?i)\b(not|no|never|nothing|nobody|none|neither|nor|cannot|whether|if|who|whoever"
            r"|which|what|where|how|without|unless|normally|may|can|could|must)\b|n't\b"
        ),
        "before",
    ),
    "ja": Hedge(
        re.compile(
            r"か(どうか|否か|は|を|も)|とは(限|い|言)|ません|ない|なく|場合|考えられ|可能性"
        ),
        "after",
    ),
    "zh": Hedge(re.compile(r"不|未|无|是否|没有|并非|能否|如果|谁|哪|须|应当|可以"), "before"),
    "ko": Hedge(re.compile(r"지(는|도)? ?않|여부|아니|아닙|아닌|없|는지|은지|인지|경우"), "after"),
}

_END: Final = re.compile(r"[。!?;…]|\.(?=\s|$)")
"""Ends a sentence; a point within a number does not."""

_MADE: Final = (
    r"(human(-made|ly)?|person|people|hand(-?made|-drawn|work)?|manual(ly)?|author(ship)?|artist"
    r"|creativ\w+|original\w*|contribution|AI(-generated|-made)?|machine(-made)?)"
)
_WORTH: Final = (
    r"(human )?(authorship|copyright(ability)?|originality|ownership|creativity"
    r"|creative contribution|creative input)"
)
_PICTURE: Final = (
    r"\b(this|the|that|its|every|each) (\w+ ){0,2}"
    r"(works?|images?|pictures?|drawings?|illustrations?|paintings?|artworks?|outputs?|edits?)"
)
_RIGHTS: Final = r"(copyrights?|(author'?s|moral|exclusive|economic|intellectual property) rights?)"

_ENGLISH: Final = (
    rf"\b\d[\d.,]{{0,9}} ?(%|per ?cent) (of )?((the|this|its) )?{_MADE}\b",
    (
        rf"\b{_MADE}( (share|part|portion|contribution|input|ratio|percentage|proportion|work))?"
        r"( is| was|:| =| of| amounts to| comes to| at)? (about |around |roughly )?"
        r"(\d[\d.,]{0,9} ?(%|per ?cent)|0[.,]\d)"
    ),
    (
        r"\b(half|thirds?|quarters?|majority|most|nearly all|almost all) of (the|this) "
        rf"(authorship|picture|image|work|drawing)\b.{{0,30}}\b{_MADE}\b"
    ),
    rf"\b(mostly|mainly|predominantly|largely|fully|wholly|entirely|purely) {_MADE}\b",
    rf"\b(percentage|share|degree|amount) of {_WORTH}\b",
    (
        rf"\b({_WORTH}|human(ity|ness)?|creative|contribution|provenance|trust|authenticity)"
        r" (score|rating|grade|index|rank|ranking|level|points?)\b"
    ),
    (
        r"\b(scores?|scored|rated|rates|ranks?|ranked)\b.{0,30}(\d|\b(first|second|above|below|higher"
        r"|lower|better)\b)"
    ),
    r"\b(more|less) (creative|original|human|deserving|authentic)\b.{0,30}\bthan\b",
    (
        r"\b(prove[sdn]?|proven|guarantee[sd]?|establish(es|ed)?|certif(y|ies|ied)"
        r"|demonstrate[sd]?"
        rf"|confirm(s|ed)?|shows?)( beyond doubt)?( that)?"
        r" ((the|this|its|her|his|their|a|an|full) )?"
        rf"((\w+'s|human|legal|\w+ing) )?{_WORTH}\b"
    ),
    (
        rf"\b{_WORTH}\b.{{0,30}}\b(is|was|are|has been|have been|stands) "
        r"(hereby |thereby |therefore "
        r"|thus )?(proven|proved|established|guaranteed|certified|confirmed|demonstrated"
        r"|beyond (doubt|question))"
    ),
    r"\b(proof|evidence enough) of (human )?(authorship|copyright|ownership|originality)\b",
    (
        r"\b(is|are|was|becomes?|remains?) (the |a |an )?((sole|only|legal|rightful|true"
        r"|exclusive"
        r"|lawful) )*(copyright (holder|owner)|owner of (the |all )?(copyright|rights)"
        r"|rights? ?holder"
        r"|author (under|within|in the sense of) (\w+ ){0,2}(law|act|section|CDPA))\b"
    ),
    rf"\b(owns?|holds?|has|have|enjoys?|acquires?) ((the|a|all|full|exclusive) )*{_RIGHTS}\b",
    rf"\b{_RIGHTS}( \w+){{0,5}}? (belongs?|vests?|rests?|lies|is (owned|held)|are (owned|held)) ",
    r"\b(sole|only|exclusive|rightful) (author|creator) of\b|\bAll rights reserved\b",
    (
        rf"{_PICTURE} (is|are|was|were|has been|remains?) "
        r"((therefore|thus|hereby|fully|clearly) )*"
        r"(protected|copyrighted|copyrightable|protectable|registrable|eligible for"
        r"|an? original work"
        r"|a work of|original\b|an? (\w+ )?intellectual creation)"
    ),
    (
        rf"{_PICTURE} (enjoys?|qualif(y|ies) for|attracts?|deserves?|receives?|meets?"
        r"|satisf(y|ies))"
        r"( \w+){0,3} (copyright|protection|registration|originality)\b"
    ),
    (
        r"\b(does|do|did) not infringe\b|\binfringes (nothing|no\b)|\bfree of (third-party|others')"
        r" rights\b|\bno (rights|copyrights?) (of others |of third parties )?(is|are|was|were)"
        r" infringed\b|\b(legally|copyright-?) ?safe\b|\bsafe to (use|publish|sell)\b"
    ),
)

_PICTURE_JA: Final = r"(この|本|当該|その)(作品|画像|イラスト|絵|図|写真|加筆|部分)"
_MADE_JA: Final = r"(人間|人の手|人手|作者|人|手作業|手描き|AI|機械|創作|寄与)"
_SHARE_JA: Final = r"\d[\d.]{0,6} ?(%|パーセント|割)"
_WORTH_JA: Final = r"(著作権|著作物性|著作者|創作的寄与|創作性|独創性|オリジナリティ|権利)"

_JAPANESE: Final = (
    rf"{_SHARE_JA}(が|は|の|を|、|分|相当|ほど|程度|以上)*{_MADE_JA}",
    (
        rf"{_MADE_JA}(の|による|が)?(創作的?|制作)?(寄与|貢献|関与|部分|作業|創作|成分)?(度|率|割合|比率"
        rf"|分)?(は|が|:|=|、)?(約|およそ|ほぼ)?{_SHARE_JA}"
    ),
    r"(人間|人|作者|AI|機械)の?(創作|寄与|関与|貢献|著作)(度|率|割合|比率)",
    rf"(大半|ほとんど|半分|過半|大部分|[一二三四五六七八九]割|全て|すべて)(が|は|を)[^。]{{0,6}}{_MADE_JA}",
    (
        r"(創作性|独創性|著作物性|寄与|貢献|人間らしさ|オリジナリティ|信頼|真正性)度?の?"
        r"(スコア|点数|得点|評価点|ランク|ランキング|順位|等級|格付け|レベル|指数)"
    ),
    r"\d{1,6} ?点(満点|です|と評価|でした)",
    r"より(も|も高く|ずっと)?(創作的|独創的|人間的|優れ|創作性が高)",
    (
        rf"{_WORTH_JA}[^。]{{0,16}}(証明|保証|立証|確定|認定|確認|裏付け)(し(ます|まし|た|て)|て(いま|おり)|され|でき(ます|た)"
        r"|する|いたします)"
    ),
    r"(である|の)ことを(証明|保証|立証)(し(ます|た)|する|いたします)",
    r"著作(権)?者(です|である|と認め|になります|であり|といえ)",
    r"著作権(は|が)[^。]{0,16}(帰属|属し|属する|保有|あります|ある。|発生し|生じま|持って|有し)",
    r"著作権を(保有|所有|有し|持っ|取得|専有)",
    (
        rf"{_PICTURE_JA}[^。]{{0,16}}(著作物(です|である|に(当た|該当)|と(認め|いえ|して保護))|保護され"
        r"|保護の対象|登録でき|登録され|創作物です|独創的です|著作物性が(認め|あり|あると))"
    ),
    r"侵害(し(ません|ていません|ない)|は(ありません|ない)|に(は)?(当た|あた|な)りません)",
    r"権利(関係|処理)?(に|の|は)問題(は|が)?(ありません|ない)|安心して(利用|使用|公開)でき",
)

_MADE_ZH: Final = r"(人类|人工|真人|作者|创作者|手工|手绘|AI|机器)"
_SHARE_ZH: Final = (
    r"(\d{1,6}(\.\d{1,6})? ?%|百分之[\d一二三四五六七八九十]{1,6}|[一二三四五六七八九]成)"
)
_WORTH_ZH: Final = r"(作者身份|著作权|版权|独创性|原创性|权属|创作贡献)"

_CHINESE: Final = (
    rf"{_SHARE_ZH}(的|是|为|由|属于|以上|左右|出自)*({_MADE_ZH}|独创|创作|贡献)",
    (
        rf"({_MADE_ZH}的?)?(创作|贡献|参与|独创性|部分|劳动)?(度|率|比例|占比|份额)?(为|是|占|达|达到|约|:)+"
        rf"(约)?{_SHARE_ZH}"
    ),
    r"(人类|作者|AI|机器)的?(贡献|创作|参与)(度|率|比例|占比|份额)",
    rf"(大部分|绝大部分|一半|多数|全部|完全)(内容)?(是|由|为|都|出自)+[^。]{{0,4}}{_MADE_ZH}",
    r"(独创性?|原创性?|创作|贡献|可信|真实性?)度?(评分|得分|分数|等级|排名|指数|打分|级别)",
    r"得了?\d{1,6}分|比[^。]{1,12}更(具|有|加)*(独创|原创|创造|人性)",
    rf"(证明|保证|确认|证实|认定|确立)(了|出|其|该)*[^。,]{{0,12}}{_WORTH_ZH}",
    rf"{_WORTH_ZH}[^。]{{0,8}}(得到|已被|被|获得?|已)(证明|确认|证实|认定|保证)",
    r"(是|为|系|即)[^。,]{0,8}(著作权人|版权所有者|版权人|权利人|合法作者|唯一作者)",
    r"(享有|拥有|取得|持有)[^。,]{0,8}(著作权|版权|权利)",
    r"(著作权|版权)(归|属于|由)",
    (
        r"[该此本这](张|幅|件|一)?(图片|作品|画作|图像|插画|部分)[^。不未否无]{0,12}(受[^。]{0,8}保护|构成[^。]{0,6}作品"
        r"|具有独创性|属于作品|是作品|具备独创性|获准登记|予以登记)"
    ),
    r"不(构成)?侵(犯|权|害)|没有侵(犯|权|害)",
)

_MADE_KO: Final = r"(인간|사람|작가|저작자|수작업|손|AI|기계|창작|기여)"
_SHARE_KO: Final = r"\d{1,6}(\.\d{1,6})? ?(%|퍼센트|프로|할)"
_WORTH_KO: Final = r"(저작권|저작자|창작성|독창성|저작물성|창작적 기여|권리)"

_KOREAN: Final = (
    (
        rf"{_SHARE_KO}(가|는|은|의|를|이|정도|이상|이고| )*"
        rf"{_MADE_KO}"
    ),
    (
        rf"{_MADE_KO}(의|이|가|은|는)? ?(창작|기여|참여|저작)?(적)? ?(기여|비율|비중|부분|몫|정도"
        r"|작업)?(도|율)?"
        rf"(은|는|이|가|:)? ?(약 )?{_SHARE_KO}"
    ),
    r"(인간|사람|작가|AI)의? ?(창작|기여|저작)(도|율|비율|지분)|(기여도|기여율|저작율|창작율)",
    rf"(대부분|절반|과반|대다수|전부|모두)(이|은|을|가)? ?{_MADE_KO}",
    r"(창작성|독창성|기여도?|저작물성|신뢰도?|진정성) ?(점수|평점|등급|순위|지수|랭킹|수준)",
    r"\d{1,6} ?점(입니다|을 받|으로 평가|이다)|보다 더? ?(창작적|독창적|창의적|인간적)",
    rf"{_WORTH_KO}[^.]{{0,16}}(증명|보장|입증|확정|인증|확인)(합니다|한다|됩니다|된다|되었|됐|했|하였)",
    r"저작(권)?자(입니다|이다|로 인정|가 됩니다|임을)",
    (
        r"저작권(은|이|을)[^.]{0,14}"
        r"(귀속|속합니다|있습니다|가집니다|보유|발생|소유|취득|가지고)"
    ),
    (
        r"(이|본|해당|그) ?(작품|그림|이미지|저작물|부분|사진)"
        r"[^.]{0,16}(저작물입니다|저작물에 해당|보호됩니다"
        r"|보호를 받|보호받|등록됩니다|등록될|등록할 수 있|등록이 가능"
        r"|창작성이 (인정|있)|저작물로 인정)"
    ),
    r"침해하지 않|침해가 (아닙|없)|침해되지 않|안심하고 (사용|이용)",
)

NEVER: Final = {
    language: tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
    for language, patterns in {
        "en": _ENGLISH,
        "ja": _JAPANESE,
        "zh": _CHINESE,
        "ko": _KOREAN,
    }.items()
}
"""Patterns by language; each is searched in every text, whatever its language."""


def conclusions(text: str) -> Iterator[tuple[str, str]]:
    """Yield each conclusion that a text draws: the pattern, and the words that it found."""
    text = unicodedata.normalize("NFKC", text)
    for language, patterns in NEVER.items():
        hedge, side = HEDGES[language]
        for pattern in patterns:
            for match in pattern.finditer(text):
                if side == "before":
                    begins = max(
                        (end.end() for end in _END.finditer(text, 0, match.start())), default=0
                    )
                    around = text[begins : match.start()]
                else:
                    end = _END.search(text, match.end())
                    around = text[match.end() : end.start() if end else len(text)]
                if not hedge.search(around):
                    yield pattern.pattern, match[0]
                    break
