"""A Chinese consultation as the sentences of a record: each answer with its question, each clause where it belongs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from domain.clinical.dialogue import answers_zh, question_topics, text_normalisation_zh
from domain.clinical.dialogue.clause_topics_zh import (
    PERSON,
    RELATIVE,
    denies_of_speaker,
    doctor_topic,
    goes_on_about_another,
    goes_on_about_dose,
    is_about_the_same,
    is_of_another,
    is_of_another_than_patient,
    is_of_speaker,
    names_dose,
    names_only_person,
    told_topic,
)
from domain.clinical.dialogue.clauses import Clause, join_neighbours
from domain.clinical.dialogue.exchanges import Exchange, split_exchanges
from domain.clinical.dialogue.joint_questions import split_joint_exchange
from domain.clinical.dialogue.measured_values import value_name_zh, value_section_zh, values_in_figures_zh
from domain.clinical.dialogue.rewrite_rules import read_rules, rewrite
from domain.clinical.drafting.answer_labels_zh import answer_label
from domain.clinical.drafting.clause_parts_zh import Part, clauses_of, join_dose, join_parts
from domain.clinical.drafting.note_sentences import NoteSentence, note_sentence, without_question_marks
from domain.clinical.grounding.drugs import Drugs
from domain.clinical.grounding.vitals import vital_signs
from domain.clinical.records.record import Status
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns

_OPENS_RESULTS = patterns.compile(
    r"(?:您的?|你的?)?(?:化验|检查|抽血|报告|片子|结果|病理|培养|活检)[^，]{0,4}(?:回来|出来)了?"
)
_OF_VALUES = ("physical_exam", "results")
# “和硝酸甘油”, “还有阿司匹林”: a row of its own begins with its drug.
_OPENS_ROW = patterns.compile(r"^(?:还有|另外|以及|和)(?=[㐀-鿿])(?![一二两三四几]个)")
_GOES_ON_WITH = patterns.compile(
    r"^(?:先|也|就|还是?|都|那){0,3}+(?:别停|不要停|不能停|不用停|吃着|用着|停一?停|停了?(?:吧|看看)?)(?:吧|看看|再说)?"
)
_SMALL_TALK = patterns.compile(
    r"^(?:您?好的?|你好|(?:医生|大夫)[您你]?好|[早上下晚][上午]?好|请坐|(?:谢谢|麻烦|辛苦).{0,20}|好的?.{0,3}听您的|嗯|行|那?(?:就|真|太)好[了啦]?|知道了|明白了?|没事|不客气|家属不要离开|慢慢会好|张嘴看看|我?[看听摸]一?[下看听摸]|躺[下好平]|(?:那|这)么说.{0,30}"
    # “过敏的话，甲硝唑吃了脸肿” is no condition.
    r"|(?:过敏|手术|吃药|月经|家里|烟酒)的话)$"
)
_BARE_REPLY = patterns.compile(
    r"(?:先|暂时|现在|目前|一般|都|也|还|倒){0,2}(?:不用|不需要|不要|不必|不能|不行|不会|不要紧|没关系|可以|能|会|要|行)(?:的|了|啊)?"
)
# “短期用不会”, “骨穿结果出来再开”: what it is about stands in the question.
_SHORT_REPLY = patterns.compile(
    r"(?=[^，,]{2,16}$).*?(?:再[㐀-鿿]{1,3}|不(?:会|用|能|行|影响|要紧|需要)|没关系|可以|会|能)(?:的|了|吧|啊)?"
)
_REASSURES = patterns.compile(
    r"放心|别(?:太)?(?:担心|紧张|害怕|着急)|不客气|[听清明]白|懂了|记住了|慢走|再见|辛苦|等(?:一?下|一?会儿|着)|(?:去|先)(?:交费|缴费|挂号|拿药|取药)"
)
_TO_PATIENT = patterns.compile(r"[你您药]|[吧吗呢]$|咱|我(?![看听摸])|诊断|考虑|可能|怀疑|建议|注意")
_BARE_NOT_ALLERGIC = patterns.compile(r"^(?:都|也|倒|是|就)*不过敏的?$")
_IS_BARE_NO = patterns.compile(
    r"^(?:都|也|就|倒|从来|一直|那)*(?:没有?|不是|不会|不|无|否)?(?:[了过的啊呀吧]*$|有)"
)
_UNKNOWN = patterns.compile(r"不(?:太)?清楚|不知道|不确定|不好说|[记说]不清")
_AGREES = patterns.compile(r"^(?:有的?|对|是的?|嗯|会)$")
_ONLY_KIN = patterns.compile(
    rf"(?:(?<=[，,])|^)(?:患者|我)?{PERSON}(?:(?:[、和跟]|还有)(?:患者|我)?{PERSON})*(?:也|都|倒|是|经常|一直|以前|从前)*+(?:有|没有?|得过|没得过)(?=[，,。]|$)"
)
_RULES = read_rules(Path(__file__).with_suffix(".toml"), {"relative": RELATIVE, "person": PERSON})
_OF_DRUGS = ("medications", "treatments")
_OF_PATIENT = (*_OF_DRUGS, "medical_history", "surgical_history", "allergies", "history_of_present_illness")
_CONDITION = patterns.compile(r"如果|要是|假如|万一|一旦|若")
# A dose or a course without the drug: the one named last is meant.
_ONLY_HOW_TAKEN = patterns.compile(
    r"^(?:一共)?[吃用服打喷](?:了|过|得)(?![^，]{0,4}(?:石膏|夹板|钢|疫苗|电话))"
    r"|^(?:现在|目前|每次|早上|晚上)?[\d零一二两三四五六七八九十半百]+(?:点[零一二三四五六七八九]+)?(?:毫克|微克|克|片|粒|支|毫升)"
)


@dataclass
class _Writer:
    """Writes one consultation. `topic`: what was asked about last. `drug`: named last, in the words of `named_in`."""

    transcript: ClinicalTranscript
    drugs: Drugs
    topic: str = ""
    drug: str = ""
    named_in: Clause | None = None
    measured_in: Clause | None = None
    is_examining: bool = False
    is_planning: bool = False

    def doctor(self, exchange: Exchange) -> Iterator[NoteSentence]:
        for sentence in exchange.clauses:
            parts = list(join_neighbours(self._of_doctor(sentence), join_dose))
            # An examiner goes on telling what is seen: “晶状体混浊，角膜透明” names no examination.
            goes_on = "physical_exam" if self.is_examining and not _TO_PATIENT.search(sentence.text) else ""
            if self.is_planning and not exchange.questions and not _REASSURES.search(sentence.text):
                # Behind a diagnosis whatever is said to the patient is advice, in whatever words.
                goes_on = goes_on or "plan"
            first = next((part.section for part in parts if part.section), goes_on)
            own = [part if part.section else replace(part, section=first) for part in parts]
            if reply := self._bare_reply(own, exchange):
                yield reply
                continue
            own = [part for part in own if not _BARE_REPLY.fullmatch(part.clause.text)] or own
            for part in join_neighbours(self._of_asked_drug(own, exchange), join_parts):
                self.is_examining = part.section in ("physical_exam", "vitals")
                self.is_planning = self.is_planning or part.section.startswith(("assessment", "plan"))
                if part.section:
                    yield self._doctor_sentence(part)

    def _bare_reply(self, parts: Sequence[Part], exchange: Exchange) -> NoteSentence | None:
        """“要不要打吊针？ 先不用。”: an answer of the clinic that names nothing stands behind what was asked."""
        things = answers_zh.asked_things(exchange.question_text)
        if len(parts) != 1 or len(things) != 1:
            return None
        reply, is_of_drug = parts[0].clause.text, bool(self.drugs.mentions(exchange.question_text))
        is_short = _SHORT_REPLY.fullmatch(reply) and not is_of_drug and not self.drugs.mentions(reply)
        if not (is_short or _BARE_REPLY.fullmatch(reply)):
            return None
        asked = patterns.sub(r"^(?:[我他她]|要|能|可以)+", "", things[0])
        text = text_normalisation_zh.as_sentence(f"{asked}：{reply}")
        return note_sentence(self.transcript, text, "plan", [*exchange.questions, parts[0].clause])

    def _of_asked_drug(self, parts: Sequence[Part], exchange: Exchange) -> Iterator[Part]:
        """“布洛芬还能吃吗？ 超过38.5度再吃”: an order that names no drug is of the one that was asked about."""
        orders = [part for part in parts if part.section == "plan medications"]
        is_nameless = not any(part.named_in or self.drugs.mentions(part.clause.text) for part in orders)
        is_of_asked = is_nameless and len(self.drugs.mentions(exchange.question_text)) == 1
        for part in parts:
            is_first = is_of_asked and bool(orders) and part is orders[0]
            yield replace(part, named_in=exchange.questions[-1]) if is_first else part

    def _doctor_sentence(self, part: Part) -> NoteSentence:
        clauses, text = [part.clause], _OPENS_ROW.sub("", part.clause.text)
        if part.named_in:
            drugs = self.drugs.mentions(part.named_in.text)
            name = drugs[-1].written if drugs else value_name_zh(part.named_in.text)
            clauses, text = [part.named_in, part.clause], f"{name}{text}"
        phrase = text_normalisation_zh.history_phrase(text, by_patient=False)
        text = values_in_figures_zh(phrase) if part.section in _OF_VALUES else phrase
        return note_sentence(self.transcript, text_normalisation_zh.as_sentence(text), part.section, clauses)

    def _of_doctor(self, sentence: Clause) -> Iterator[Part]:
        section, is_condition, is_read_out = "", False, False
        ends = [sentence.start + sign.end for sign in vital_signs(sentence.text)]
        for clause, is_last in clauses_of(sentence):
            if _SMALL_TALK.match(clause.text):
                continue
            if _OPENS_RESULTS.fullmatch(clause.text):
                section, is_read_out = "results", True
                continue
            # “体温上午38.5，现在37.2”: the second value has no name.
            is_sign = any(clause.start < end <= clause.end for end in ends)
            own = "" if is_condition else "vitals" if is_sign else doctor_topic(clause.text, self.drugs)
            is_condition = is_condition or bool(_CONDITION.match(clause.text))
            is_value = own in _OF_VALUES and bool(value_section_zh(clause.text))
            if (is_value and section == "results") or (is_read_out and own == "physical_exam"):
                # What is read out behind a result is one, whatever its name.
                own = "results"
            named_in = self._named_drug(clause)
            own = "plan medications" if named_in else own
            if is_value and value_name_zh(clause.text):
                self.measured_in = clause
            elif is_value and self.measured_in:
                named_in, own = self.measured_in, value_section_zh(self.measured_in.text)
            section = own or section
            is_row = is_value or self._is_next_drug(clause, section)
            yield Part(section, clause, is_last, is_row=is_row, named_in=named_in)

    def _named_drug(self, clause: Clause) -> Clause | None:
        """“先别停” is said of the drug that was named last, in these words."""
        if mentions := self.drugs.mentions(clause.text):
            self.drug, self.named_in = mentions[-1].written, clause
        return self.named_in if _GOES_ON_WITH.fullmatch(clause.text) else None

    def _is_next_drug(self, clause: Clause, section: str) -> bool:
        """Two drugs of one sentence are two rows."""
        is_named = self.drugs.mentions(clause.text) or names_dose(clause.text)
        return section in (*_OF_DRUGS, "plan medications") and bool(is_named)

    def answer(self, exchange: Exchange) -> Iterator[NoteSentence]:
        for each in split_joint_exchange(
            exchange, lambda text: told_topic(text, "", self.drugs), in_chinese=True
        ):
            yield from self._answer(each)

    def _answer(self, exchange: Exchange) -> Iterator[NoteSentence]:
        self._take_up(exchange)
        # Before anything is asked, why somebody comes is told.
        opening = "" if self.topic else "history_of_present_illness"
        question_topic = self.topic if exchange.questions else opening
        question = "" if exchange.is_answered else exchange.question_text
        if question and answers_zh.corrects(exchange.clauses[0].text, question):
            yield self._corrected(exchange, question_topic)
            return
        parts = list(join_neighbours(self._parts(exchange, question_topic, question), join_parts))
        denial = next((part.clause for part in parts if part.is_no), None)
        asked = question
        if denial and (answers_zh.says_no_more(denial.text) or _is_of_rest(parts, denial, question_topic)):
            asked = answers_zh.without_named(question, "".join(each.text for each in exchange.clauses))
        elif denial and not patterns.search(r"[都全]", denial.text):
            # What is told of the family says nothing of the patient.
            told = "".join(
                each.clause.text
                for each in parts
                if not each.is_no and each.section in (question_topic, *_OF_PATIENT)
            )
            asked = answers_zh.without_told(question, told, denial.text)
        text = answers_zh.deny_asked(asked, question_topic) if denial and asked else ""
        if denial and text:
            section = (
                "review_of_systems" if question_topic == "history_of_present_illness" else question_topic
            )
            clauses = [*exchange.questions, denial]
            clinical_sentence = text_normalisation_zh.as_sentence(rewrite(_RULES["clinical"], text))
            denied = note_sentence(self.transcript, clinical_sentence, section, clauses, status=Status.DENIED)
            yield _of_general_state(denied, asked)
        # “想过，没做过” denies nothing of the complaint that was asked whole, and is told.
        is_told = not text and question_topic == "history_of_present_illness"
        others = [
            part
            for part in parts
            if part.section and (not part.is_no or (is_told and not _IS_BARE_NO.search(part.clause.text)))
        ]
        # What is told of another answers no question about the patient.
        others.sort(key=lambda part: part.section == "family_history" != question_topic)
        for place, part in enumerate(others):
            is_first = bool(question) and not text and place == 0
            for sentence in self._sentences(part, exchange, question_topic, is_first=is_first):
                yield _of_general_state(self._with_drug(sentence, part, exchange), question)

    def _corrected(self, exchange: Exchange, section: str) -> NoteSentence:
        """What was asked and what was answered in one: the value alone would not tell of what it is."""
        asked = exchange.question_text.rstrip("。？? ")
        said = "".join(clause.text for clause in exchange.clauses)
        text = text_normalisation_zh.history_phrase(
            without_question_marks(f"{asked}？{said}"), by_patient=exchange.speaker == "patient"
        )
        sentence = text_normalisation_zh.as_sentence(patterns.sub(r"[您你](?:的)?", "", text))
        return note_sentence(self.transcript, sentence, section, [*exchange.questions, *exchange.clauses])

    def _take_up(self, exchange: Exchange) -> None:
        """“恩替卡韦吃过吗？”: what is answered is said of that drug."""
        if exchange.questions:
            self.topic = question_topics.find_topic(exchange.question_text, self.topic, in_chinese=True)
        for clause in exchange.questions:
            for mention in self.drugs.mentions(clause.text):
                self.drug, self.named_in = mention.written, clause
                if self.topic == "history_of_present_illness":
                    is_lasting = patterns.search(r"还|一直|平时|长期|现在", clause.text)
                    self.topic = "medications" if is_lasting else "treatments"

    def _parts(self, exchange: Exchange, question_topic: str, question: str) -> Iterator[Part]:
        """Clause by clause; one without a topic of its own goes on about what was said before it."""
        section, answer_text = "", "，".join(sentence.text for sentence in exchange.clauses)
        for clause, is_last in (each for sentence in exchange.clauses for each in clauses_of(sentence)):
            is_of_named = question_topic != "family_history" and self._is_of_named_before(clause, exchange)
            if _SMALL_TALK.match(clause.text) or (answers_zh.is_yes(clause.text) and not question_topic):
                continue
            is_own = exchange.speaker == "relative" and is_of_speaker(clause.text)
            is_of_patient = question_topic != "family_history" and exchange.speaker == "relative"
            if is_of_patient and denies_of_speaker(clause.text, answer_text):
                # “我没有，孩子有”: nobody asked for the parent.
                continue
            # A plain no denies what was asked; whatever else is said goes on about its own topic.
            if (
                question
                and not is_own
                and not is_of_named
                and (
                    answers_zh.is_no(clause.text, question) or answers_zh.agrees_to_no(clause.text, question)
                )
            ):
                section = section or question_topic
                yield Part(question_topic, clause, is_last, is_no=True)
                continue
            own = told_topic(clause.text, question_topic, self.drugs)
            if own == "allergies" and section in _OF_DRUGS and (drug := self._reacted_to(clause, exchange)):
                clause = drug
            is_known = exchange.speaker == "patient" or self.transcript.is_patient_named
            tells_of = is_of_another if is_known else is_of_another_than_patient
            is_another = tells_of(clause.text, answer_text)
            if own in _OF_PATIENT and (is_own or is_another):
                own = "family_history"
            # “非那雄胺吃了俩月，他说那个吃了没劲，自己停了”: without another drug it goes on about the one before.
            is_same_drug = own in _OF_DRUGS and not self._is_next_drug(clause, own)
            is_more = section in _OF_DRUGS and (is_same_drug or goes_on_about_dose(clause.text))
            section = section if is_more or not own or is_about_the_same(clause.text, section, own) else own
            yield Part(section, clause, is_last, is_row=self._is_next_drug(clause, section))

    def _reacted_to(self, clause: Clause, exchange: Exchange) -> Clause | None:
        """“以前吃过吗啡，一吃就吐”: with the clause before it, which names the drug."""
        sentence = next((each for each in exchange.clauses if each.start <= clause.start < each.end), clause)
        before = [each for each, _ in clauses_of(sentence) if each.start < clause.start]
        is_nameless = "过敏" not in clause.text and not self.drugs.mentions(clause.text)
        if not (before and is_nameless and self.drugs.mentions(before[-1].text)):
            return None
        text = f"{before[-1].text}，{clause.text}"
        return replace(clause, text=text, start=before[-1].start)

    def _is_of_named_before(self, clause: Clause, exchange: Exchange) -> bool:
        sentence = next(each for each in exchange.clauses if each.start <= clause.start < each.end)
        return goes_on_about_another(clause.text, self.transcript.text[sentence.start : clause.start])

    def _sentences(
        self, part: Part, exchange: Exchange, question_topic: str, *, is_first: bool
    ) -> Iterator[NoteSentence]:
        """`is_first`: it answers the question. What is denied and what is so stand apart."""
        question, clause_text = exchange.question_text if is_first else "", part.clause.text
        if question and answers_zh.is_yes(clause_text):
            if len(things := answers_zh.asked_things(question)) == 1:
                sentence, clauses = f"有{things[0]}", [*exchange.questions, part.clause]
                text = text_normalisation_zh.as_sentence(sentence)
                yield note_sentence(self.transcript, text, part.section, clauses)
            return
        for is_denial, text, clause in self._phrases(part, exchange):
            clauses = [clause]
            if is_denial and (denied := answers_zh.denied_object(text, exchange.question_text)):
                text, clauses = denied, [*exchange.questions, *clauses]
            is_asked = question and part.section == question_topic and not is_denial
            if is_asked and (told := answers_zh.with_object(text, question)):
                text, clauses = told, [*exchange.questions, *clauses]
            elif is_asked and (name := answer_label(question, text, part.section)):
                text, clauses = f"{name}：{text}", [*exchange.questions, *clauses]
            elif (is_denial and part.section == "social_history") or _names_by_question(
                clause.text, part.section
            ):
                # “都不沾”, “我妈有” name nothing.
                clauses = [*exchange.questions, *clauses]
            question = ""
            plain = "" if is_denial else f"{clause.text}。"
            yield self._note_sentence(text, part.section, clauses, plain, is_denial=is_denial)

    def _phrases(self, part: Part, exchange: Exchange) -> Iterator[tuple[bool, str, Clause]]:
        """What is denied and what is so, each with its own words."""
        clauses = [
            self._naming_substance(each, part, exchange) for each in self._clauses_as_said(part, exchange)
        ]
        if len(clauses) > 1:
            clauses = [clause for clause in clauses if not _AGREES.match(clause.text)]
        worded = [
            (_phrase(_OPENS_ROW.sub("", clause.text), part.section, exchange), clause) for clause in clauses
        ]
        for is_denial, several in groupby(
            (each for each in worded if each[0]), key=lambda each: each[0].startswith("否认")
        ):
            phrases, own = zip(*several, strict=True)
            text = "，".join(clause.text for clause in own)
            yield is_denial, "，".join(phrases), replace(own[0], text=text, end=own[-1].end)

    def _naming_substance(self, clause: Clause, part: Part, exchange: Exchange) -> Clause:
        """“阿莫西林吃过没有？ 吃过，不过敏”: of that drug, and of no other."""
        asked = self.drugs.mentions(exchange.question_text)
        is_bare = part.section == "allergies" and bool(_BARE_NOT_ALLERGIC.match(clause.text))
        return replace(clause, text=f"{asked[0].written}不过敏") if is_bare and len(asked) == 1 else clause

    def _clauses_as_said(self, part: Part, exchange: Exchange) -> list[Clause]:
        """The clauses of a part where they were said: between them may stand what belongs to another part.

        What goes on about another person stays with the words that name them.
        """
        joined, clauses, at = part.clause, list[Clause](), part.clause.start
        for clause, _ in clauses_of(joined):
            start = self.transcript.text.find(clause.text, at, joined.end)
            start = clause.start if start < 0 else start
            at = start + len(clause.text)
            own = replace(clause, start=start, end=at)
            is_bound = clauses and self._is_of_named_before(own, exchange)
            before = clauses.pop() if is_bound else None
            clauses.append(
                replace(before, text=f"{before.text}，{own.text}", end=at) if before is not None else own
            )
        return clauses

    def _note_sentence(
        self, text: str, section: str, clauses: list[Clause], plain: str, *, is_denial: bool
    ) -> NoteSentence:
        if is_denial and section == "history_of_present_illness":
            section = "review_of_systems"
        is_unknown = section in ("allergies", "medical_history") and bool(_UNKNOWN.search(text))
        status = Status.DENIED if is_denial else Status.UNSURE if is_unknown else Status.PRESENT
        sentence = text_normalisation_zh.as_sentence(text)
        return note_sentence(self.transcript, sentence, section, clauses, status=status, plain=plain)

    def _with_drug(self, sentence: NoteSentence, part: Part, exchange: Exchange) -> NoteSentence:
        """“吃了几天？吃了三天”: the drug was named before. What answers a question for one drug is of that drug."""
        mentions = self.drugs.mentions(part.clause.text)
        if mentions:
            self.drug, self.named_in = mentions[-1].written, part.clause
        is_of_asked = self.named_in in exchange.questions and not patterns.search(r"药", part.clause.text)
        is_of_asked = is_of_asked and len(self.drugs.mentions(exchange.question_text)) == 1
        # “吃了多久了？ 两个礼拜”: of the drug that was named before.
        goes_on = question_topics.goes_on(exchange.question_text)
        is_how_taken = goes_on or bool(_ONLY_HOW_TAKEN.match(part.clause.text))
        is_nameless = not mentions and (is_of_asked or (is_how_taken and self._is_only_drug(part.clause)))
        if (
            sentence.status is Status.DENIED
            or part.section not in _OF_DRUGS
            or not is_nameless
            or self.named_in is None
            or self.drug in sentence.text
        ):
            return sentence
        spans = [self.named_in.span(self.transcript), *sentence.spans]
        return replace(sentence, text=f"{self.drug}：{sentence.text}", spans=spans)

    def _is_only_drug(self, clause: Clause) -> bool:
        """Of several drugs that somebody named in another turn it is not told which one is meant."""
        if self.named_in is None or self.named_in.utterance == clause.utterance:
            return True
        named = self.drugs.mentions(self.transcript.utterances[self.named_in.utterance].text)
        return len({each.drug for each in named}) == 1


def _of_general_state(sentence: NoteSentence, question: str) -> NoteSentence:
    is_of_illness = sentence.section in ("history_of_present_illness", "review_of_systems")
    is_state = is_of_illness and question_topics.is_of_general_state(question, sentence.text)
    return replace(sentence, section="general_state") if is_state else sentence


def write_sentences(transcript: ClinicalTranscript, drugs: Drugs) -> list[NoteSentence]:
    """In the order of the talk."""
    write = _Writer(transcript, drugs)
    sentences: list[NoteSentence] = []
    for exchange in split_exchanges(transcript):
        sentences.extend(write.doctor(exchange) if exchange.speaker == "doctor" else write.answer(exchange))
    return sentences


def _names_by_question(text: str, section: str) -> bool:
    is_of_kin = section == "family_history" and (bool(_ONLY_KIN.search(text)) or names_only_person(text))
    return is_of_kin or (section == "allergies" and answers_zh.is_not_allergic(text))


def _is_of_rest(parts: Sequence[Part], denial: Clause, question_topic: str) -> bool:
    """“鼻炎有，没有了”: behind what is so a bare no is of what was not named; “都没有” is of all.

    “我妈有糖尿病，我没有” denies what was named, of the patient.
    """
    place = next(place for place, part in enumerate(parts) if part.clause is denial)
    if place > 0 and parts[place - 1].section == "family_history" != question_topic:
        return False
    return place > 0 and not parts[place - 1].is_last and not patterns.search(r"[都全]", denial.text)


def _phrase(clause_text: str, section: str, exchange: Exchange) -> str:
    speaker = exchange.speaker
    if section == "social_history" and (
        denial := answers_zh.deny_habits(clause_text, exchange.question_text)
    ):
        return denial
    if section == "allergies" and (
        denial := answers_zh.deny_told_allergies(clause_text, exchange.question_text)
    ):
        return denial
    of_family = _RULES["of_speaker"] if speaker == "relative" else _RULES["of_family"]
    clause_text = rewrite(of_family if section == "family_history" else (), clause_text)
    if speaker == "relative":
        clause_text = rewrite(
            _RULES["family_by_relative"] if section == "family_history" else _RULES["by_relative"],
            clause_text,
        )
    is_of_kin = section == "family_history" and _ONLY_KIN.match(clause_text)
    if not is_of_kin and (denial := answers_zh.deny_clause(clause_text)):
        return rewrite(_RULES["clinical"], denial)
    clause_text = text_normalisation_zh.history_phrase(clause_text, by_patient=speaker == "patient")
    clause_text = rewrite(_RULES["family"] if section == "family_history" else (), clause_text)
    if is_of_kin or (section == "family_history" and names_only_person(clause_text)):
        return _with_what_was_asked(clause_text, exchange.question_text)
    return rewrite(_RULES["clinical"], clause_text)


def _with_what_was_asked(clause_text: str, question: str) -> str:
    """“糖尿病家里有谁有？ 我妈有” names nobody's disease, “做过支架吗？ 我哥做过” nobody's operation."""
    if names_only_person(clause_text):
        asked = "、".join(answers_zh.asked_things(question))
        return f"{asked}：{clause_text}" if asked else clause_text
    if patterns.search(r"(?<![没有得过])没[有得过]*+$", clause_text):
        return clause_text
    asked = answers_zh.asked_of_family(question)
    # Of several diseases that the patient was asked for it is not told which.
    is_open = "、" in asked and not patterns.search(rf"家|亲|{RELATIVE}", question)
    return f"{asked}：{clause_text}" if is_open else f"{clause_text}{asked}"
