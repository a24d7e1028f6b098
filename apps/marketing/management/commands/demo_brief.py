"""The demo's brief: an oolong of the tea house, with two finished texts, as the checks left them."""

from typing import Any

from apps.accounts.actors import Actor
from apps.accounts.owner_command import OwnerCommand
from apps.marketing.briefs.models import Brief
from apps.marketing.briefs.resources import BRIEFS
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting import services
from apps.resources import services as resources

BRIEF = {
    "product": "武夷岩茶 肉桂",
    "language": "zh",
    "facts": "产地: 福建武夷山\n焙火: 中火炭焙\n净含量: 100 克\n包装: 10 泡独立小包\n价格: 168 元\n香气: 桂皮香、花果香",
    "audience": "常喝绿茶、想试岩茶的上班族",
    "goal": "让新客人买下第一盒",
    "must_say": ["武夷岩茶"],
    "must_not_say": ["养生"],
    "industries": ["food"],
    "voice": "句子短。像朋友泡茶时说话，不喊口号。\n多写看得见、闻得到的细节。",
    "links": ["https://tea.example/rougui"],
}
# Written by hand, so that the demo has copy before a model has answered; each keeps its channel's rules.
TEXTS = {
    "xiaohongshu": {
        "title": "第一盒武夷岩茶，选肉桂",
        "body": "水刚开，撕开一小包，桂皮香先到。\n\n这是福建武夷山的武夷岩茶，中火炭焙，第二泡起有花果香。"
        "10 泡独立小包，100 克一盒，168 元，放在办公室抽屉里正好。\n\n#武夷岩茶 #肉桂",
    },
    "moments": {
        "text": "新到武夷岩茶肉桂：福建武夷山，中火炭焙，桂皮香、花果香。"
        "10 泡独立小包，100 克 168 元。想试岩茶，从这一盒开始。"
    },
}


class Command(OwnerCommand):
    help = "Writes a brief of the tea house with two texts, one of them approved."

    def act(self, actor: Actor, *, url: str, **options: Any) -> None:
        house = actor.organisation
        brief = Brief.objects.within(house).filter(product=BRIEF["product"]).first()
        if brief is None:
            brief = resources.save(actor, BRIEFS, BRIEF)
            variants = [
                services.create_variant(actor, brief, channels.channel(house, key), texts=texts)
                for key, texts in TEXTS.items()
            ]
            services.approve_variant(actor, variants[0], version=1)
        self.stdout.write(f"A brief with marketing copy: {url}{brief.get_absolute_url()}")
