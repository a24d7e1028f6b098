"""Words with an opposite, how often, and parts and multiples: a translation must not say another one."""

import pytest

from domain.text.translation import frequencies, opposites, proportions
from domain.text.translation.checks import Problem, problems
from domain.text.translation.segments import Pair

ZH_EN, EN_ZH = Pair("zh", "en"), Pair("en", "zh")


@pytest.mark.parametrize(
    ("source", "translation", "pair", "word"),
    [
        ("营收同比增长12%。", "Revenue fell 12% year on year.", ZH_EN, "增长"),
        ("成本下降了8%。", "Costs increased 8%.", ZH_EN, "下降"),
        ("Orders fell 5% in May.", "5月订单增长5%。", EN_ZH, "fell"),
        ("红灯不亮时，先检查电源。", "If the red light is on, check the power first.", ZH_EN, "灯不亮"),
        ("The lamp is on during charging.", "充电时灯不亮。", EN_ZH, "lamp is on"),
        ("不少于5人成团。", "A group needs at most 5 people.", ZH_EN, "不少于"),
        ("At least 3 years of experience.", "不超过3年经验。", EN_ZH, "At least"),
        ("每人限购2件。", "At least 2 per person.", ZH_EN, "限购"),
        ("Up to 10 users are free.", "至少10个用户免费。", EN_ZH, "Up to"),
        ("气温高于30度时请停机。", "Stop the machine below 30 degrees.", ZH_EN, "高于"),
        ("A款比B款便宜20元。", "Model A is 20 yuan more expensive than model B.", ZH_EN, "便宜"),
        ("Visitors must wear a badge.", "访客可以佩戴胸卡。", EN_ZH, "must"),
        ("用户可以随时取消订阅。", "Users must cancel their subscription.", ZH_EN, "可以"),
        ("一日三次，饭后服用。", "Three times a day, before meals.", ZH_EN, "饭后"),
        ("上半年完成。", "Completed in the second half of the year.", ZH_EN, "上半年"),
        ("The warranty is void if the seal is broken.", "封条破损则保修有效。", EN_ZH, "void"),
        ("净利润350万元。", "A net loss of 3.5 million yuan.", ZH_EN, "利润"),
        ("由乙方承担运费。", "Party A bears the freight.", ZH_EN, "乙方"),
        ("左膝疼痛。", "Pain in the right knee.", ZH_EN, "左"),
        ("会议改到下周二。", "The meeting was moved to last Tuesday.", ZH_EN, "下周"),
        ("See you tomorrow afternoon.", "明天上午见。", EN_ZH, "afternoon"),
        ("净重500克", "Gross weight 500 g", ZH_EN, "净"),
        ("税前工资8000元", "8,000 yuan after tax", ZH_EN, "税前"),
        ("进口关税", "export duty", ZH_EN, "进口"),
        ("请提前两小时到达。", "Please arrive two hours late.", ZH_EN, "提前"),
        ("Turn off the power first.", "请先打开电源。", EN_ZH, "Turn off"),
        ("雇主应缴纳社会保险费。", "The employee shall pay social insurance.", ZH_EN, "雇主"),
        ("南门集合。", "Meet at the north gate.", ZH_EN, "南"),
        ("女士外套", "Men's coat", ZH_EN, "女"),
        ("除新疆外全国包邮。", "Free shipping nationwide including Xinjiang.", ZH_EN, "除新疆外"),
        ("Open daily except Mondays.", "每天营业，包括周一。", EN_ZH, "except"),
        ("退货运费由买家承担。", "Return shipping is paid by the seller.", ZH_EN, "买家"),
        ("The supplier shall indemnify us.", "客户应赔偿我方。", EN_ZH, "supplier"),
        ("顺时针旋转阀门。", "Turn the valve anticlockwise.", ZH_EN, "顺时针"),
        ("该药须冷藏保存。", "Keep this medicine at room temperature.", ZH_EN, "冷藏"),
        ("Take on an empty stomach.", "饭后服用。", EN_ZH, "empty stomach"),
        ("收到定金后45天交货。", "Delivery 45 days after the balance.", ZH_EN, "定金"),
        ("请在收货后7天内评价。", "Please review it within 7 days before delivery.", ZH_EN, "后"),
        ("年满60周岁免费入场。", "Free entry for those under 60.", ZH_EN, "年满"),
        ("库存不足10件时补货。", "Restock when there are more than 10.", ZH_EN, "不足"),
        ("Free delivery on orders of 50 euros or more.", "订单不满50欧元免运费。", EN_ZH, "or more"),
        ("Item: black, size M", "商品：白色，M码", EN_ZH, "black"),
        ("除未成年人外均须签到。", "All except adults sign in.", ZH_EN, "未成年人"),
        ("列车晚点约20分钟。", "The train is about 20 minutes early.", ZH_EN, "晚点"),
        ("Press Start after the LED has stopped.", "LED停止之前，按下启动。", EN_ZH, "after"),
    ],
)
def test_a_word_that_became_its_opposite_is_named(
    source: str, translation: str, pair: Pair, word: str
) -> None:
    assert Problem("opposite", word) in problems(source, translation, pair)


@pytest.mark.parametrize(
    ("source", "translation", "pair"),
    [
        ("毛利率提高了两个百分点，费用率下降。", "Gross margin improved while costs fell.", ZH_EN),
        ("净利润由亏损转为盈利。", "It swung from a loss to a profit.", ZH_EN),
        ("少于10人不开班。", "Classes run with at least 10 people.", ZH_EN),
        ("You can't have more than five sessions.", "最多只能有五个会话。", EN_ZH),
        ("Free delivery on orders over $50.", "满50美元免运费。", EN_ZH),
        ("付款之前不发货。", "It ships only after payment.", ZH_EN),
        ("24小时内有效。", "It expires after 24 hours.", ZH_EN),
        ("满18周岁方可注册。", "You must be at least 18 to register.", ZH_EN),
        ("You must not smoke here.", "此处不可以吸烟。", EN_ZH),
        ("在左侧菜单选择正确的语言。", "Choose the right language in the side menu.", ZH_EN),
        ("除咖啡外，我们还提供茶。", "We serve drinks including coffee and tea.", ZH_EN),
        ("价格不含税。", "Prices exclude tax.", ZH_EN),
        ("饭后服用，空腹服用可能恶心。", "Take it after meals; an empty stomach may cause nausea.", ZH_EN),
        ("常温运输，到货后冷藏。", "Shipped at room temperature; refrigerate on arrival.", ZH_EN),
        ("先顺时针拧紧，再逆时针松开。", "Tighten clockwise, then loosen counterclockwise.", ZH_EN),
        ("定金30%，尾款发货前付清。", "30% deposit; the balance is paid before shipment.", ZH_EN),
        ("未满14周岁禁止入内。", "Entry is for those of at least 14 only.", ZH_EN),
        ("不满一年的，按一年计算。", "Less than one year counts as one.", ZH_EN),
        ("验收合格后30日内付款。", "Payable within 30 days from acceptance.", ZH_EN),
        ("The fee is spread over 3 months, over the weekend free.", "费用在3个月内分摊，周末免费。", EN_ZH),
        ("上个月的会议推迟到下周。", "Last month's meeting was put off until next week.", ZH_EN),
        ("早上好，女士们先生们！", "Good morning, ladies and gentlemen!", ZH_EN),
        ("出口在北门旁边。", "The exit is by the North Gate.", ZH_EN),
        ("最低2折", "Up to 80% off, the highest discount", ZH_EN),
        ("Turn the alerts off.", "请关闭提醒。", EN_ZH),
        ("Children under 3 are not included.", "3岁以下儿童除外。", EN_ZH),
        ("不但没涨价，反而便宜了10块。", "The price dropped by 10 yuan.", ZH_EN),
        (
            "儿童1.2米以下免票，以下人员除外。",
            "Children under 1.2 m enter free, except the following.",
            ZH_EN,
        ),
    ],
)
def test_another_way_to_say_the_same_is_no_opposite(source: str, translation: str, pair: Pair) -> None:
    assert opposites.changed(source, translation, pair) == []


@pytest.mark.parametrize(
    ("source", "translation", "pair", "text"),
    [
        ("每日两次，每次一片。", "One tablet three times daily.", ZH_EN, "每日两次"),
        ("Apply once a week.", "每月使用一次。", EN_ZH, "once a week"),
        ("每两周检查一次。", "Inspect twice a week.", ZH_EN, "每两周检查一次"),
        ("每隔一天服用。", "Take it every day.", ZH_EN, "每隔一天"),
        ("每季度召开一次会议。", "Meetings are held monthly.", ZH_EN, "每季度召开一次"),
        ("三分之二的客户续约。", "One third of the customers renewed.", ZH_EN, "三分之二"),
        ("A quarter of the budget is spent.", "预算已用去一半。", EN_ZH, "a quarter"),
        ("五分之四的订单准时。", "Four out of ten orders are on time.", ZH_EN, "五分之四"),
        ("产量翻了一番。", "Output tripled.", ZH_EN, "翻了一番"),
        ("销量是去年的3倍。", "Sales doubled from last year.", ZH_EN, "是去年的3倍"),
        ("销量是去年的11倍。", "Sales were twelve times last year's.", ZH_EN, "是去年的11倍"),
    ],
)
def test_another_frequency_part_or_multiple_is_named(
    source: str, translation: str, pair: Pair, text: str
) -> None:
    assert Problem("number", text) in problems(source, translation, pair)


@pytest.mark.parametrize(
    ("source", "translation", "pair"),
    [
        ("每日三次，每次一片。", "One tablet every 8 hours.", ZH_EN),
        ("每两周一次。", "Once a fortnight.", ZH_EN),
        ("每半年体检一次。", "A check-up twice a year.", ZH_EN),
        ("每季度一次。", "Every three months.", ZH_EN),
        ("每周一、三开放，每天5杯。", "Open Mondays and Wednesdays, five cups a day.", ZH_EN),
        ("每年5月1日", "On May 1 every year", ZH_EN),
        ("每天早晚各一次。", "Twice a day, in the morning and evening.", ZH_EN),
        ("十分之九的人，三分之一的人", "90% of the people, 33% of the people", ZH_EN),
        ("价格上涨了两倍。", "Prices tripled.", ZH_EN),
        ("增加了1倍，是去年的2倍", "It doubled, twice last year's", ZH_EN),
        ("Half past nine, a third party", "九点半，第三方的三分之一", EN_ZH),
        ("Call twice a day, 2x faster", "每天打两次，快两倍", EN_ZH),
    ],
)
def test_the_same_frequency_part_or_multiple_has_many_forms(
    source: str, translation: str, pair: Pair
) -> None:
    assert frequencies.changed(source, translation, pair) == []
    assert proportions.changed(source, translation, pair) == []


def test_other_languages_are_left_alone() -> None:
    for module in (opposites, frequencies, proportions):
        assert module.changed("Der Umsatz stieg.", "Revenue fell.", Pair("de", "en")) == []


@pytest.mark.parametrize(
    ("source", "translation", "pair", "parties"),
    [
        ("买方应向卖方支付货款。", "The seller shall pay the buyer for the goods.", ZH_EN, ["买方应向卖方"]),
        ("甲方向乙方支付定金。", "Party B shall pay the deposit to Party A.", ZH_EN, ["甲方向乙方"]),
        ("The buyer shall pay the seller.", "卖方应向买方付款。", EN_ZH, ["buyer shall pay the seller"]),
        ("The seller shall be paid by the buyer.", "买方应向卖方付款。", EN_ZH, []),
        ("卖方收到买方货款后发货。", "After receiving the buyer's payment, the seller ships.", ZH_EN, []),
        ("买方可要求卖方退款。", "The seller refunds at the buyer's request.", ZH_EN, []),
        ("甲方的代理人为乙方。", "Party B is the agent of Party A.", ZH_EN, []),
        ("甲方应赔偿乙方损失。", "Party A shall compensate Party B.", ZH_EN, []),
    ],
)
def test_two_parties_in_the_place_of_each_other_are_marked(
    source: str, translation: str, pair: Pair, parties: list[str]
) -> None:
    assert opposites.exchanged(source, translation, pair) == parties


@pytest.mark.parametrize(
    ("source", "translation", "pair", "kind", "words"),
    [
        ("三个工作日内", "within three days", ZH_EN, "unit", "工作日"),
        ("within three working days", "三天内", EN_ZH, "unit", "working days"),
        ("半个月内退货。", "Returns within one month.", ZH_EN, "unit", "半个月"),
        ("煮一个半小时。", "Cook for one hour.", ZH_EN, "unit", "半小时"),
        ("Cook for an hour and a half.", "煮一小时。", EN_ZH, "unit", "and a half"),
        ("除周日外每天营业", "Open every Sunday", ZH_EN, "opposite", "除周日外"),
        ("Everyone except the manager signs.", "经理签字。", EN_ZH, "opposite", "except"),
        ("满100减20。", "20% off on orders over 100.", ZH_EN, "number", "20%"),
        ("首付三成。", "The down payment is 3 per cent.", ZH_EN, "number", "三成"),
        ("3% of users renew.", "三成用户续费。", EN_ZH, "number", "3%"),
        ("两天一次，每次三片。", "Twice a day, three tablets each.", ZH_EN, "number", "两天一次"),
        ("You will be charged monthly.", "我们将按年收费。", EN_ZH, "number", "monthly"),
        ("年薪二十万元", "a monthly salary of 200,000 yuan", ZH_EN, "number", "年"),
        ("自1月31日起生效。", "Effective until January 31.", ZH_EN, "opposite", "自1月31日起"),
        ("三月下旬交货", "Delivery in early March", ZH_EN, "opposite", "下旬"),
        ("贵司承担运费。", "We bear the shipping costs.", ZH_EN, "opposite", "贵司"),
    ],
)
def test_what_makes_an_amount_another_one_is_not_lost(
    source: str, translation: str, pair: Pair, kind: str, words: str
) -> None:
    assert Problem(kind, words) in problems(source, translation, pair)


@pytest.mark.parametrize(
    ("source", "translation", "pair"),
    [
        ("三个工作日内", "within three business days", ZH_EN),
        ("半个月内退货。", "Returns within fifteen days.", ZH_EN),
        ("等了半年", "waited for six months", ZH_EN),
        ("煮一个半小时。", "Cook for 90 minutes.", ZH_EN),
        ("除了咖啡外，我们还有茶。", "We have coffee and tea.", ZH_EN),
        ("除周一外，全馆开放。", "All halls are open, only Mondays are closed.", ZH_EN),
        ("首付三成。", "The down payment is 30 per cent.", ZH_EN),
        ("九成的人", "nine in ten people", ZH_EN),
        ("两天一次，每次三片。", "Every two days, three tablets each time.", ZH_EN),
        ("年薪二十万元", "an annual salary of 200,000 yuan", ZH_EN),
        ("自1月31日起至3月31日止有效。", "Valid from January 31 to March 31.", ZH_EN),
        ("贵司来函收悉，我司将尽快答复。", "We have received your letter and will reply soon.", ZH_EN),
    ],
)
def test_what_says_the_same_in_another_way_is_not_marked_for_it(
    source: str, translation: str, pair: Pair
) -> None:
    assert problems(source, translation, pair) == []


@pytest.mark.parametrize(
    ("source", "translation", "pair"),
    [
        ("Only members may book online.", "会员也可以在线预订。", EN_ZH),
        ("除人为损坏外，均可免费维修。", "Repairs are free, including damage caused by the user.", ZH_EN),
        ("Unless the seal is broken, returns are accepted.", "封条已拆的，可以退货。", EN_ZH),
    ],
)
def test_limits_and_exceptions_that_were_dropped_are_marked(
    source: str, translation: str, pair: Pair
) -> None:
    assert "opposite" in [problem.kind for problem in problems(source, translation, pair)]
