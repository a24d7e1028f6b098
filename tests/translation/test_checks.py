"""What a translation keeps is checked by rule, whatever model wrote it."""

import pytest

from domain.text.translation.checks import Problem, Term, holds, problems, terms_in
from domain.text.translation.segments import Pair, replace_segments, similarity, sketch, text_spans

EN_ZH, ZH_EN, EN_DE = Pair("en", "zh"), Pair("zh", "en"), Pair("en", "de")


@pytest.mark.parametrize(
    ("source", "translation", "pair"),
    [
        ("The line had 1,234.5 kg in 2015.", "2015年这条线有1234.5公斤。", EN_ZH),
        ("2015年3月5日有3万人参加。", "30,000 people took part on March 5, 2015.", ZH_EN),
        ("It costs €1,234.50 on May 12, 2024.", "Es kostet am 12.05.2024 genau 1.234,50 €.", EN_DE),
        ("1.000 Gäste", "1,000 guests", Pair("de", "en")),
        ("15 000 habitants", "15,000 inhabitants", Pair("fr", "en")),
        ("El coste es de 3,5 millones.", "The cost is 3.5 million.", Pair("es", "en")),
        ("1.3 billion people, 50 percent of them in 2 cities", "13亿人，其中50%在两座城市", EN_ZH),
        ("In the 21st century, in the 1990s", "在21世纪，在1990年代", EN_ZH),
        ("We meet at 14:30.", "我们下午2点半见。", EN_ZH),
        ("We meet at 14:30.", "Nous nous voyons à 14h30.", Pair("en", "fr")),
        ("In the early 1970s it cost £30m", "在20世纪70年代初，它花费了3000万英镑", EN_ZH),
        ("２００人", "200명", Pair("ja", "ko")),
        ("He had 6½ sacks and 5 km to go", "他有6½次擒杀，还要走5公里", EN_ZH),
        ("It was 5 degrees below zero, -18 °C at night", "气温零下五度，夜里零下18℃", EN_ZH),
        ("Profit fell 3%, see pages 3–5 and 7 – 9", "利润下降3%，见第3–5页和7 – 9页", EN_ZH),
        ("20 W, 5G, 3 mm thick and 2.5 kg", "20瓦，5G，厚3毫米，重2.5千克", EN_ZH),
        ("We open at 9 am and close at 6:30 pm.", "我们上午9点开门，下午6点30分关门。", EN_ZH),
        ("下午3点开会，晚上8点聚餐。", "A meeting at 3 in the afternoon, dinner at 8 at night.", ZH_EN),
        ("每晚7点半，今晚9:30", "7:30 every evening, tonight at 9:30", ZH_EN),
        ("1汤匙糖，半杯牛奶", "1 tablespoon of sugar, 1/2 cup of milk", ZH_EN),
        ("0添加、0蔗糖", "No additives, no sucrose", ZH_EN),
        ("请于周三16点前提交。", "Please submit it by 4 pm on Wednesday.", ZH_EN),
        ("下午2点至5点接待，中午12点休息。", "Open from 2 to 5 pm, closed at noon.", ZH_EN),
        ("We close at 6 pm.", "Wir schließen um 18 Uhr.", EN_DE),
        ("Nous fermons à 18 h.", "We close at 6 pm.", Pair("fr", "en")),
        ("We close at 6 pm.", "Cerramos a las 6 de la tarde.", Pair("en", "es")),
        ("We close at 6 pm.", "午後6時に閉店します。", Pair("en", "ja")),
        ("매일 오후 6시 30분에 문을 닫습니다.", "We close at 6:30 pm every day.", Pair("ko", "en")),
        ("总投资1亿2000万元，月薪1万5千元。", "120 million yuan invested, 15,000 yuan a month.", ZH_EN),
        ("Get 15% off today.", "今日85折。", EN_ZH),
        ("今日八五折。", "Get 15% off today.", ZH_EN),
        ("第二季度请到3楼。", "In Q2 please come to the third floor.", ZH_EN),
        ("身高1米75，两块五一根。", "1.75 m tall, 2.5 yuan each.", ZH_EN),
        ("他身高一米七五，月薪两万五。", "He is 1.75 meters tall and earns 25,000 a month.", ZH_EN),
        ("人民币大写：叁万伍仟元整", "In words: RMB 35,000 only", ZH_EN),
        ("违约金按日万分之五计算。", "Liquidated damages accrue at 0.05% per day.", ZH_EN),
        ("占比三成，1/3的人，四分之一", "30% of them, a third of the people, 25%", ZH_EN),
        ("9:30开门，0点关门。", "We open at half past nine and close at midnight.", ZH_EN),
        ("It leaves at a quarter to five.", "4点45分发车。", EN_ZH),
        ("12月5日和1月15日", "On Dec. 5 and 15 Jan", ZH_EN),
        ("上世纪90年代，九十年代初", "In the 1990s, in the early 1990s", ZH_EN),
        ("1个半小时，两个半小时，半小时", "1.5 hours, 2.5 hours, 30 minutes", ZH_EN),
        ("国内生产总值3.6万亿元，其中1亿2千万元", "A GDP of 3.6 trillion yuan, 120 million of it", ZH_EN),
        ("产能增加了1倍，每日2次", "Capacity doubled; twice a day", ZH_EN),
        ("two dozen roses, two decades", "24朵玫瑰，20年", EN_ZH),
        ("We offer 24/7 support.", "我们提供全天候支持。", EN_ZH),
        ("电话：0571-88886666", "Tel: 0571 8888 6666", ZH_EN),
        ("第50、95、99百分位", "the 50th, 95th and 99th percentile", ZH_EN),
        (
            "三五天内回复，隔两天一次，前3天半价",
            "In three to five days, every three days, half price for 3 days",
            ZH_EN,
        ),
        ("失败率低于千分之三。", "The failure rate is below three per thousand.", ZH_EN),
        ("保证百分之二十，一半，百分之一", "Promise a fifth, half, one in a hundred", ZH_EN),
        ("It takes about an hour and a half.", "大约需要一个半小时，即90分钟。", EN_ZH),
        ("请拨13800138000。", "Please call 138 0013 8000.", ZH_EN),
        ("一斤茶叶，白酒二两，每斤15元", "500 g of tea, 100 ml of baijiu, 15 yuan per 500 g", ZH_EN),
        ("价格上涨了两倍，产量翻番", "Prices rose by 200%, output by 100%", ZH_EN),
        ("双十一期间，每行一组", "During Singles' Day, one set a line", ZH_EN),
        ("See Chapter IV and Appendix II.", "见第四章和附录二。", EN_ZH),
        ("固件V2.3.10，地址192.168.1.20", "Firmware V2.3.10, address 192.168.1.20", ZH_EN),
        ("May I help you? We open in March.", "需要帮忙吗？三月开门。", EN_ZH),
        ("三月中旬发货。", "It ships in mid-March.", ZH_EN),
        ("尺寸：120×60×75厘米，1920×1080", "Dimensions: 120 cm x 60 cm x 75 cm, 1920x1080", ZH_EN),
        ("买二送一，满300减50", "Buy two, get one free; $50 off orders over $300", ZH_EN),
        ("毛利率由3%升至5%，比例1:50", "Gross margin rose to 5% from 3%, a ratio of 1:50", ZH_EN),
        ("B栋A级，C口，A4纸", "Block B, grade A, Exit C, A4 paper", ZH_EN),
        ("10月1日至7日，周一三五", "From 1 to 7 October, on Mondays, Wednesdays and Fridays", ZH_EN),
    ],
)
def test_numbers_are_the_same_in_the_writing_of_another_language(
    source: str, translation: str, pair: Pair
) -> None:
    assert problems(source, translation, pair) == []


@pytest.mark.parametrize(
    ("source", "translation", "pair", "problem"),
    [
        ("Send 308 boxes to the warehouse.", "把箱子送到仓库。", EN_ZH, Problem("number", "308")),
        ("Return it within 30 days.", "请在30小时内退回。", EN_ZH, Problem("unit", "30")),
        ("1,000 guests", "1,0 Gäste", EN_DE, Problem("number", "1000")),
        ("We close at 6:30 pm.", "我们下午6点关门。", EN_ZH, Problem("number", "18:30")),
        ("We close at 6 pm.", "Wir schließen um 6 Uhr.", EN_DE, Problem("number", "18:00")),
        ("今日八五折。", "Get 85% off today.", ZH_EN, Problem("added", "85")),
        ("第二季度销量很好。", "Sales were good in Q3.", ZH_EN, Problem("number", "二")),
        ("Store at -18 °C or colder.", "请在18℃以下保存。", EN_ZH, Problem("number", "-18")),
        ("请在-18℃以下保存。", "Store below 18 °C.", ZH_EN, Problem("number", "-18")),
        ("请在零下18度以下保存。", "Store below 18 degrees.", ZH_EN, Problem("number", "-18")),
        ("Keep at 4 °C.", "请在-4℃保存。", EN_ZH, Problem("added", "-4")),
        ("Take 0.5 mg twice daily.", "每日两次，每次0.5克。", EN_ZH, Problem("unit", "0.5")),
        ("Er ist 30 mm dick.", "It is 30 cm thick.", Pair("de", "en"), Problem("unit", "30")),
        ("付款期限为十五日。", "Payment is due within fifty days.", ZH_EN, Problem("number", "15")),
        ("a trial of two weeks", "试用期三周", EN_ZH, Problem("number", "2")),
        ("违约金按日万分之五计算。", "Damages accrue at 5% per day.", ZH_EN, Problem("number", "0.05")),
        ("请于3月5日前付款。", "Please pay by May 3.", ZH_EN, Problem("number", "3月5日")),
        ("The offer ends on 5 July.", "优惠截至5月7日。", EN_ZH, Problem("number", "5 july")),
        ("请于星期三提交。", "Please submit it on Thursday.", ZH_EN, Problem("number", "星期三")),
        ("利润率为百分之十二点五。", "The margin is 12%.", ZH_EN, Problem("number", "12.5")),
        ("It takes an hour and a half.", "大约需要半小时。", EN_ZH, Problem("number", "1.5")),
        ("维护持续半小时。", "It takes two and a half hours.", ZH_EN, Problem("number", "0.5")),
        ("每斤15元。", "15 yuan per kilogram.", ZH_EN, Problem("unit", "1")),
        ("第一季度交付。", "Delivery in the third quarter.", ZH_EN, Problem("number", "一")),
        ("Due in the first quarter.", "第三季度交付。", EN_ZH, Problem("added", "三")),
        ("三月中旬发货。", "It ships in mid-May.", ZH_EN, Problem("number", "三月")),
        ("第（三）项所述情形", "the circumstances in item (2)", ZH_EN, Problem("number", "三")),
        ("See Annex III.", "见附件二。", EN_ZH, Problem("number", "Annex III")),
        ("See section 4.2.1.", "见4.1.2节。", EN_ZH, Problem("number", "4.2.1")),
        ("2.10版取代2.1版，version 2.10", "Version 2.1 replaces 2.1.", ZH_EN, Problem("number", "2.10")),
        ("The first two pages are blank.", "前三页为空白。", EN_ZH, Problem("number", "2")),
        ("It is 5 miles away.", "距离5公里。", EN_ZH, Problem("unit", "5")),
        ("尺寸：120×60×75厘米", "Size: 120 × 75 × 60 cm", ZH_EN, Problem("number", "120×60×75")),
        ("Dilute it 1:50.", "按50:1稀释。", EN_ZH, Problem("number", "1:50")),
        ("买二送一。", "Buy one, get two free.", ZH_EN, Problem("number", "买二送一")),
        ("满300减50", "Spend $50 and save $300", ZH_EN, Problem("number", "满300减50")),
        ("今天下午3点。", "At 4 in the afternoon.", ZH_EN, Problem("number", "15:00")),
        ("毛利率由3%升至5%。", "It rose from 5% to 3%.", ZH_EN, Problem("number", "由3%升至5")),
        ("Hello { name }", "你好", EN_ZH, Problem("placeholder", "{ name }")),
        ("Hello {first name}", "你好", EN_ZH, Problem("placeholder", "{first name}")),
        ("你好 %(姓名)s", "Hello", ZH_EN, Problem("placeholder", "%(姓名)s")),
        ("Total: %.2f of %u", "总计 %u", EN_ZH, Problem("placeholder", "%.2f")),
        ("价格很低。", "The price is only 99 dollars.", ZH_EN, Problem("added", "99")),
        ("Mail bob@tea.example today", "今天写信给鲍勃", EN_ZH, Problem("link", "bob@tea.example")),
        ("See https://tea.example/a?b=1.", "请看网站。", EN_ZH, Problem("link", "https://tea.example/a?b=1")),
        ("Hello {name}, %(count)d new", "你好，%(count)d 条新消息", EN_ZH, Problem("placeholder", "{name}")),
        ("Hello {{ user }}", "你好 {{ 用户 }}", EN_ZH, Problem("placeholder", "{{ user }}")),
        ("Sign <1>here</1> please", "请在这里签名", EN_ZH, Problem("marker", "<1>")),
        ("a <1>b</1> c <2>d</2>", "甲 <1>乙<2></1> 丙丁</2>", EN_ZH, Problem("marker", "<1> </1> <2> </2>")),
        ("Order TH-2041 is late", "订单晚了", EN_ZH, Problem("name", "TH-2041")),
        ("A座18层", "Tower B, 18th floor", ZH_EN, Problem("name", "A")),
        ("Please use Gate C.", "请走D口。", EN_ZH, Problem("name", "C")),
        ("他在NFL打球", "He plays football in a league.", ZH_EN, Problem("name", "NFL")),
        ("Tea", " ", EN_ZH, Problem("empty")),
        (
            "The tea leaves are dried in the sun.",
            "The tea leaves dry in the sun.",
            EN_ZH,
            Problem("language"),
        ),
    ],
)
def test_what_is_lost_or_made_up_is_named(
    source: str, translation: str, pair: Pair, problem: Problem
) -> None:
    assert problem in problems(source, translation, pair)


def test_terms_are_whole_words_that_may_have_endings() -> None:
    assert holds("Two invoices came", "invoice")
    assert holds("发票在这里", "发票")
    assert holds("Die Rechnungen sind da", "Rechnung")
    assert holds("The categories of all boxes, and two letters of credit", "category")
    assert holds("The categories of all boxes, and two letters of credit", "box")
    assert holds("The categories of all boxes, and two letters of credit", "letter of credit")
    assert holds("The power-of-attorney", "power of attorney")
    assert holds("Invoicing is done monthly, and they were notified", "invoice")
    assert holds("Invoicing is done monthly, and they were notified", "notify")
    assert holds("Die Verträge liegen bei", "Vertrag")
    assert holds("Las producciones", "producción")
    assert not holds("A category", "cat")
    assert not holds("Unvoice", "voice")


def test_a_term_that_is_missing_is_named_and_a_longer_one_goes_before_it() -> None:
    terms = [Term("tea", "茶"), Term("tea house", "茶馆"), Term("shop", "店")]

    assert terms_in("The tea house is open", terms) == [Term("tea house", "茶馆")]
    assert terms_in("The tea house has tea", terms) == [Term("tea", "茶"), Term("tea house", "茶馆")]
    assert problems("The tea house is open", "茶楼开着", EN_ZH, terms) == [
        Problem("term", "tea house → 茶馆")
    ]
    assert problems("The tea house is open", "茶馆开着", EN_ZH, terms) == []


def test_a_text_is_cut_into_lines_and_long_ones_into_sentences() -> None:
    text = "One line.\n\n  12 \n" + "中文句子在这里。" * 200
    spans = list(text_spans(text))
    sources = [text[start:end] for start, end in spans]

    assert sources[0] == "One line."
    assert all(len(source) <= 1200 for source in sources)
    assert "".join(sources[1:]) == "中文句子在这里。" * 200
    assert replace_segments(text, spans, sources, "zh") == text
    assert "here. And" in replace_segments(text, spans, ["x", *["here.", "And"][: len(spans) - 1]], "en")


def test_cells_that_were_pasted_stay_in_their_columns() -> None:
    text = "名称\t价格\t\n绿茶（春）\t30 元/盒\n"
    spans = list(text_spans(text))

    assert [text[start:end] for start, end in spans] == ["名称", "价格", "绿茶（春）", "30 元/盒"]
    new = replace_segments(text, spans, ["Name", "Price", "Green tea", "30 yuan a box"], "en")
    assert new == "Name\tPrice\t\nGreen tea\t30 yuan a box\n"


def test_texts_that_are_much_alike_share_pieces_of_their_sketch() -> None:
    one = "Please return the goods within 30 days of delivery."
    other = "Please return the goods within 14 days of delivery."

    assert set(sketch(one)) & set(sketch(other))
    assert not set(sketch(one)) & set(sketch("The weather in Lisbon is warm and sunny today"))
    assert set(sketch("请在三十天内退回商品，谢谢您的配合")) & set(
        sketch("请在十四天内退回商品，谢谢您的配合")
    )
    assert similarity(one, other) > 0.9


def test_what_a_model_repeats_of_its_prompt_is_no_translation() -> None:
    echo = "<earlier> It takes 3 days. </earlier> Unopened tea can be returned within 30 days."
    pair = Pair("zh", "en")

    kinds = {problem.kind for problem in problems("未拆封的茶叶可在 30 天内退货。", echo, pair)}

    assert "foreign" in kinds


@pytest.mark.parametrize(
    ("source", "translation", "pair", "problem"),
    [
        ("二号烘干机停机。", "The dryer stopped.", ZH_EN, Problem("number", "二")),
        ("他住在三楼。", "He lives upstairs.", ZH_EN, Problem("number", "三")),
        ("第二次测试失败。", "The test failed.", ZH_EN, Problem("number", "二")),
        ("王工已检查。", "Wang Worker has checked it.", ZH_EN, Problem("name", "王工")),
        ("请张主任签字。", "Please have it signed.", ZH_EN, Problem("name", "张主任")),
        ("陈院长和刘教授都来了。", "Dean Chen came.", ZH_EN, Problem("name", "刘教授")),
        ("小王把合同交给了赵总。", "Wang handed the contract to Mr. Zhou.", ZH_EN, Problem("name", "赵总")),
        ("Pay by January 31, 2027.", "请在2027年31月31日前付款。", EN_ZH, Problem("number", "January")),
        ("Return policy", "<返回政策>", EN_ZH, Problem("foreign", "<")),
        ("退货政策", "‹Return policy›", ZH_EN, Problem("foreign", "‹")),
        ("每日支付违约金。", "The daily违约 penalty is paid.", ZH_EN, Problem("language", "违约")),
        (
            "甲方应付款，但经乙方书面同意延期的除外。",
            "The buyer shall pay, but may delay with the buyer's written consent.",
            ZH_EN,
            Problem("name", "甲方 / 乙方"),
        ),
    ],
)
def test_a_numbered_thing_a_title_and_a_month_are_not_lost_and_no_bracket_comes(
    source: str, translation: str, pair: Pair, problem: Problem
) -> None:
    assert problem in problems(source, translation, pair)


@pytest.mark.parametrize(
    ("source", "translation", "pair"),
    [
        ("二号烘干机停机。", "Dryer No. 2 stopped.", ZH_EN),
        ("李伟和“云岭”都在。", "Li Wei (李伟) and “云岭” are here.", ZH_EN),
        ("甲方向乙方付款，乙方开票。", "The buyer pays the seller, who invoices the buyer.", ZH_EN),
        ("三号线在五楼，一期已完工。", "Line 3 is on the fifth floor; phase I is complete.", ZH_EN),
        ("第二天下雨。", "It rained the next day.", ZH_EN),
        ("这是三级医院。", "This is a tertiary hospital.", ZH_EN),
        ("王工和李总都来了。", "Engineer Wang and Mr Li both came.", ZH_EN),
        ("请张主任签字。", "Please have Director Zhang sign it.", ZH_EN),
        ("从业人员的工作，总的来说很好。", "On the whole, the work of the staff is good.", ZH_EN),
        ("We may pay by 31 March.", "我们可以在3月31日前付款。", EN_ZH),
        ("a < b and b > c", "a < b 且 b > c", EN_ZH),
    ],
)
def test_what_is_said_in_another_way_is_not_marked(source: str, translation: str, pair: Pair) -> None:
    assert problems(source, translation, pair) == []
