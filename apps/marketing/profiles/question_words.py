"""Words of sentences about people, in Chinese and English: names of the same thing, units, and what says nothing."""

# Of values that organisations write in one language and people ask for in the other.
_SAME = """
女|女性|女士|女生|女的|female|females|f|woman|women|ladies
男|男性|男士|男生|男的|male|males|m|man|men
北京|beijing
上海|shanghai
天津|tianjin
重庆|chongqing
广州|guangzhou
深圳|shenzhen
杭州|hangzhou
南京|nanjing
苏州|suzhou
成都|chengdu
武汉|wuhan
西安|xi'an|xian
长沙|changsha
郑州|zhengzhou
青岛|qingdao
济南|jinan
沈阳|shenyang
大连|dalian
哈尔滨|harbin
长春|changchun
厦门|xiamen
福州|fuzhou
宁波|ningbo
无锡|wuxi
佛山|foshan
东莞|dongguan
合肥|hefei
昆明|kunming
南昌|nanchang
南宁|nanning
贵阳|guiyang
太原|taiyuan
石家庄|shijiazhuang
兰州|lanzhou
海口|haikou
三亚|sanya
香港|hong kong|hongkong
澳门|macau|macao
台北|taipei
广东|guangdong
浙江|zhejiang
江苏|jiangsu
福建|fujian
四川|sichuan
湖北|hubei
湖南|hunan
山东|shandong
河南|henan
云南|yunnan
中国|china
"""
SAME_NAMES = {
    name: names for names in (tuple(line.split("|")) for line in _SAME.strip().splitlines()) for name in names
}
# Unit of a number → what the name of an attribute holds that is counted in it, and verbs that go with it.
UNIT_HINTS = {
    "age": ("年龄", "岁", "age", "aged", "older", "younger"),
    "money": ("消费", "金额", "花费", "花了", "支出", "spend", "spent", "amount", "total", "revenue", "paid"),
    "times": ("次数", "单数", "笔数", "订单数", "count", "number", "times", "orders", "purchases", "visits"),
}
CONSENT_WORDS = (
    *(
        "同意",
        "订阅",
        "愿意",
        "允许",
        "接受",
        "接收",
        "许可",
        "可以发",
        "agreed",
        "agree",
        "agrees",
        "subscribed",
    ),
    *("subscribe", "opted in", "opt in", "opted", "consented", "accept", "accepts", "allow", "allowed"),
    *("may be sent", "get our", "gets our"),
)
# Of a time that no number says: a rule would have to invent one.
VAGUE_TIMES = (
    *(
        "最近",
        "近期",
        "近来",
        "不久前",
        "经常",
        "去年",
        "今年",
        "上个月",
        "上月",
        "本月",
        "这个月",
        "上周",
        "本周",
        "这周",
        "昨天",
        "今天",
    ),
    *(
        "双十一",
        "双11",
        "春节",
        "recently",
        "lately",
        "often",
        "regularly",
        "last week",
        "last month",
        "last year",
    ),
    *("this week", "this month", "this year", "yesterday", "today", "next week", "next month", "christmas"),
)
# Between a verb and what people did it to.
OBJECT_WORDS = ("过", "了", "a", "an", "the", "some", "our", "any", "more")
# Between values of one attribute, of which each will do.
LIST_WORDS = (
    "或者",
    "或是",
    "以及",
    "或",
    "和",
    "与",
    "及",
    "、",
    ",",
    "，",
    "either",
    "and",
    "or",
    "in",
    "from",
)
_STOP = """
的|了|过|和|与|及|并|且|并且|而且|但|但是|还|也|又|都|在|是|为|有|人|人群|客户|顾客|用户|买家|消费者|朋友|客人|来自|住在|居住在|位于|属于
所有|全部|那些|这些|哪些|找|找出|找到|查找|筛选|查询|选出|请|帮我|给我|我要|我想|我们|想|要|需要|里|中|内|到|被|把|他们|她们|性别|市|省|会员
等|之间|间|曾|曾经|已|已经|东西|商品|任何|我们的|同时|以及|或|或者|年龄|岁|城市|这|个|只|就|会|能|对|从|任何东西|过的|以外|之外|外|消息|喜欢|偏好
the|a|an|of|in|on|at|to|from|by|for|with|who|whom|whose|that|which|are|is|was|were|be|been|have|has|had|do|did|does
people|person|customer|customers|client|clients|user|users|member|members|shopper|shoppers|buyers|all|every|any|everyone
those|they|them|their|there|and|or|but|also|still|as|only|just|our|us|we|me|i|find|show|list|give|get|select|want|need
please|live|lives|living|located|based|come|comes|city|aged|age|years|old|it|its|something|anything|things|items|item
message|messages|up|love|loves|like|likes|prefer|prefers|either|both|already|then|so|like|ones|somebody|anybody|having|being|within|yet
"""
STOP_WORDS = tuple(
    sorted({word for line in _STOP.split() for word in line.split("|")}, key=len, reverse=True)
)
