"""Conclusions that no output draws: many ways to draw each are found, honest sentences are not."""

from __future__ import annotations

import time

import pytest

from provenance_gen.records.never import NEVER, conclusions

DRAWN = {
    "en": """
        About 70 % human work.
        The picture is 80 percent authorship by A. Painter.
        It is 35% AI and the rest is by hand.
        Human contribution: 64 %.
        The human share is about 0.7.
        Half of the picture was made by a human.
        The picture is mostly human-made.
        The drawing is entirely AI-generated.
        The percentage of human authorship is high.
        Artist contribution amounts to roughly 55 per cent.
        Authorship score: 7
        A creativity rating of four stars.
        It scored 8 of 10.
        This work ranks first among the three.
        The second picture is more creative than the first.
        Its originality index is high.
        The first is less human, all told, than the second.
        Her entry was rated 9.
        Provenance level: gold, trust level three.
        Picture A ranked above picture B.
        This record proves authorship.
        The ledger guarantees the originality of the work.
        The report establishes that human authorship is present.
        We certify copyright.
        The edits demonstrate creative input.
        Authorship is hereby established.
        The creative contribution has been proven.
        Originality stands beyond doubt.
        This file is proof of ownership.
        The log confirms her authorship.
        A. Painter is the copyright holder.
        The person owns the copyright.
        She is the sole author of the whole picture.
        He holds all exclusive rights.
        The copyright in the picture belongs to A. Painter.
        The moral rights are held by the painter.
        A. Painter is the author under Japanese law.
        The maker is the rightful owner of all rights.
        The studio has the intellectual property rights.
        All rights reserved.
        This picture is protected by copyright.
        The image is therefore copyrightable.
        The drawing is thus an original work.
        This work enjoys full copyright protection.
        The edited image qualifies for registration.
        The picture is clearly protected.
        The work meets the standard of originality.
        Every output is a work of authorship.
        The final image is eligible for protection.
        That illustration attracts copyright.
        The picture does not infringe anything.
        It infringes no rights.
        The picture is free of third-party rights.
        No rights of others are infringed.
        The result is safe to publish.
        The file is copyright-safe.
    """,
    "ja": """
        70%が人間による部分です。
        70%は作者の手によるものです。
        人間の寄与は約70%です。
        作者の創作が8割を占めます。
        人間の寄与度は高い。
        AIの割合:30%
        人の関与率が高い作品です。
        この絵の大半は人の手によるものです。
        全体の半分がAIです。
        作者による部分は60パーセントです。
        創作性スコアは7です。
        寄与度の順位は1位です。
        100点満点で評価しました。
        この作品は85点です。
        Aの方がBよりも創作的です。
        独創性の等級はAです。
        信頼度ランクは高い。
        1枚目は2枚目より優れています。
        貢献の点数が上がりました。
        人間らしさの指数が高い。
        この記録は著作権を証明します。
        創作的寄与があったことが証明されました。
        台帳が独創性を保証します。
        作者が描いたものであることを証明します。
        著作者を確定しました。
        著作物性を認定します。
        この記録により権利が立証されます。
        著作者であることを保証いたします。
        創作性が確認されました。
        著作権の存在を裏付けています。
        山田花子さんが著作権者です。
        山田さんは著作者であり、権利者です。
        著作権は作者に帰属します。
        著作権が発生しています。
        作者が著作権を保有しています。
        利用者に著作権があります。
        著作権を取得しました。
        作者は著作者と認められます。
        著作権は山田さんに属します。
        作者は著作権を専有します。
        この画像は著作物です。
        本作品は著作権法で保護されます。
        この作品には著作物性が認められます。
        当該部分は著作物に該当します。
        このイラストは登録できます。
        本画像は保護の対象です。
        この絵は創作物です。
        その部分は著作物といえます。
        この図は独創的です。
        加筆した当該部分は保護されます。
        他人の権利を侵害していません。
        著作権侵害はありません。
        侵害に当たりません。
        権利関係に問題はありません。
        安心して利用できます。
    """,
    "zh": """
        人类贡献为70%。
        70%的创作由作者完成。
        作者的贡献度很高。
        百分之八十由人类完成。
        大部分内容出自作者。
        AI占比约30%。
        人类创作占七成。
        一半是人工绘制。
        独创性比例达60%。
        人类的参与度较高。
        独创性评分:7。
        创作等级为甲。
        该图得了85分。
        甲比乙更具独创性。
        贡献排名第一。
        原创指数较高。
        可信度评分良好。
        第一张比第二张更有创造力。
        本记录证明了作者身份。
        本报告确认其著作权。
        独创性已被证实。
        账本保证版权。
        原创性得到证明。
        记录认定该人的权属。
        张三是本图的著作权人。
        作者享有著作权。
        该用户拥有版权。
        著作权归作者。
        版权属于张三。
        张三为唯一作者。
        作者取得该图的著作权。
        该图片受著作权法保护。
        本作品具有独创性。
        此图像构成美术作品。
        这幅插画是作品。
        该部分具备独创性。
        本作品予以登记。
        本图不侵犯他人权利。
        该使用不构成侵权。
    """,
    "ko": """
        인간의 기여는 70%입니다.
        70%가 사람의 작업입니다.
        작가의 기여도가 높습니다.
        대부분이 사람의 손으로 만들어졌습니다.
        AI 비율은 약 30%입니다.
        저작자의 창작 비중은 60퍼센트입니다.
        인간의 창작율을 보여 줍니다.
        절반이 AI로 만들어졌습니다.
        창작성 점수: 7
        독창성 등급이 높습니다.
        이 작품은 85점입니다.
        첫째가 둘째보다 더 창작적입니다.
        신뢰도 순위 1위.
        기여도 지수가 올랐습니다.
        이 기록은 저작권을 증명합니다.
        창작성이 입증되었습니다.
        저작자임을 보장합니다.
        독창성을 인증한다.
        권리가 확정되었습니다.
        창작적 기여가 확인됩니다.
        홍길동은 저작권자입니다.
        저작권은 작가에게 귀속됩니다.
        작가가 저작권을 보유합니다.
        저작권이 발생합니다.
        이용자에게 저작권이 있습니다.
        홍길동이 저작자로 인정됩니다.
        이 그림은 저작물입니다.
        본 작품은 저작권법으로 보호됩니다.
        해당 부분은 보호를 받습니다.
        이 이미지는 등록됩니다.
        이 작품은 창작성이 인정됩니다.
        그 사진은 저작물에 해당합니다.
        타인의 권리를 침해하지 않습니다.
        저작권 침해가 아닙니다.
    """,
}

HONEST = {
    "en": """
        No score, no percentage of authorship, no legal conclusion.
        Whether the picture is protected by copyright, a court decides.
        This report does not say who owns the copyright.
        The record cannot show that the work is original.
        It never says that this image is copyrighted.
        Nothing here proves authorship.
        A stroke of 10 % opacity has a tenth of it.
        The label is at least 5 % as high as the shortest side.
        A person chose 3.2 over 3.1, 3.3 and 3.4; the reason is quoted.
        Where the model wrote most of 72472 px², the map says so.
        Assessment left to a person.
        The licence of the model is recorded with the attempt.
        The prompt has 12 words; 4 attempts were made.
        Edits by a person: 3, over 5764 px².
        If the picture is registered, the AI part must be disclaimed.
        The ledger holds the prompt and the image that was looked at.
        Neither of the two is ranked.
        What the source counts as authorship, it says itself.
        The original file stays as it was.
        The author of the policy reads the source so.
        The image was confirmed as theirs by the person.
        Of 40 outputs, 35 were rejected.
    """,
    "ja": """
        点数も、人間が占める割合も、法的な結論も示しません。
        この画像が著作物であるかどうかは、裁判所が判断します。
        この画像に著作権があるとは限りません。
        著作権者を証明するものではありません。
        著作権が誰に帰属するかは、この記録からは分かりません。
        不透明度30%の線を重ねました。
        短辺の5%以上の高さで表示します。
        人による編集は3回です。
        4枚のうち1枚を、理由を添えて選びました。
        この作品の記録は、2件の時刻証明の間に作られました。
        評価は人に委ねられます。
        モデルのライセンスを記録しています。
        AIの出力をそのまま保存しています。
        作者本人が、自分の編集であることを確認しました。
        創作性の有無は判断しません。
        侵害に当たるかどうかは分かりません。
        本作品は、著作物性が認められる場合があります。
        プロンプトは12語、試行は4回です。
    """,
    "zh": """
        本报告不证明作者身份。
        该图片是否构成作品,由法院认定。
        本文件没有独创性评分。
        不透明度为30%。
        作者选择了第三张图片并说明了理由。
        提示词共12个词,生成4次。
        谁享有著作权,本记录不作说明。
        人工智能生成。
        修改区域为5764像素。
        模型的许可证已记录。
        未作任何比例说明。
        原始生成记录保存在账本中。
    """,
    "ko": """
        이 그림이 저작물인지 여부는 판단하지 않습니다.
        이 기록은 저작권을 증명하지 않습니다.
        점수나 비율을 매기지 않습니다.
        불투명도는 30%입니다.
        사람이 4장 가운데 1장을 골랐습니다.
        프롬프트는 12단어, 생성은 4회입니다.
        인공지능이 만든 부분은 다음과 같습니다.
        사람이 수정한 부분은 아래 영역입니다.
        저작권이 누구에게 있는지는 알 수 없습니다.
        저작권 등록 신청을 위한 초안입니다.
        모델의 라이선스가 기록되어 있습니다.
        이 작품이 등록될 수 있는지는 위원회가 정합니다.
    """,
}


def lines(sentences: dict[str, str]) -> list[str]:
    """Return every sentence of every language."""
    return [line.strip() for text in sentences.values() for line in text.strip().splitlines()]


@pytest.mark.parametrize("sentence", lines(DRAWN))
def test_a_conclusion_is_found(sentence: str) -> None:
    """However it is worded, alone and among other sentences."""
    assert list(conclusions(sentence))
    assert list(conclusions(f"Two of them. {sentence} Not all."))


@pytest.mark.parametrize("sentence", lines(HONEST))
def test_an_honest_sentence_is_no_conclusion(sentence: str) -> None:
    """Facts, denials and open questions are what our outputs hold."""
    assert not list(conclusions(sentence))


def test_every_pattern_finds_something() -> None:
    """Each is the only one that finds some sentence's words, or finds them with others."""
    found = {pattern for line in lines(DRAWN) for pattern, _ in conclusions(line)}
    assert {pattern.pattern for patterns in NEVER.values() for pattern in patterns} == found


def test_a_denial_covers_its_own_sentence_only() -> None:
    """What stands in the sentence before denies nothing here."""
    assert list(conclusions("This is not a score. The picture is protected by copyright."))
    assert list(conclusions("順位は示しません。この画像は著作物です。"))


@pytest.mark.parametrize(
    "text", ["human " * 20_000, "1" * 100_000, "この作品" * 20_000, "the image " * 10_000]
)
def test_a_long_text_is_searched_in_reasonable_time(text: str) -> None:
    """No pattern tries again and again."""
    begun = time.process_time()
    list(conclusions(text))
    assert time.process_time() - begun < 2
