"""What people write to each other, in a few languages, with the odd characters that people really type."""

from typing import NamedTuple


class Phrases(NamedTuple):
    """Sentences of one language. `{name}`, `{agent}`, `{item}` and `{order}` stand for what the talk is about."""

    welcome: str
    waiting: str
    greetings: tuple[str, ...]
    openers: tuple[str, ...]
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    thanks: tuple[str, ...]
    closings: tuple[str, ...]
    notes: tuple[str, ...]


PHRASES = {
    "en": Phrases(
        welcome="You are now talking to {agent}.",
        waiting="Thank you for waiting. Somebody will be with you shortly …",
        greetings=("Hello {name}, this is {agent}. How can I help?", "Hi {name} 👋 What can I do for you?"),
        openers=(
            "Hi, I have a question about my order {order}.",
            "hello?? is anybody there",
            "Good morning. Does the {item} come in another colour?",
            "My {item} arrived broken 😢",
        ),
        questions=(
            "When will order {order} be delivered?",
            "Can I send the {item} back?",
            "I tried that already, it says “Error 0x80” and then C:\\Temp\\log.txt",
            "Is it < 20 cm & > 10 cm?",
            "ok",
            "Sorry, I do not quite follow: do you mean the small one or the large one? We bought both in spring.",
            "👍",
            "I'm on my phone so please be patient 📱",
            "And what does shipping cost to the islands?",
        ),
        answers=(
            "Let me look that up for you, one moment please.",
            "Order {order} left our warehouse this morning.",
            "You can send the {item} back within 30 days, free of charge.",
            "I see. Could you tell me which browser you use?",
            "That is 12,50 incl. 21 % tax; 1\u202f299,00 for the set.",
            "I have sent you an e-mail with the label.\nPlease print it and stick it on the parcel.",
            "The {item} is in stock again from Thursday, {name}.",
            "Absolutely – no problem at all.",
        ),
        thanks=("Thanks!", "thank you so much, {agent} 🙏🏽", "Great, that’s all. Bye"),
        closings=("You are welcome, {name}. Have a nice day!", "Glad to help. Goodbye!"),
        notes=("Customer is a dealer; see ticket #4711.", "asked twice, was promised a call back"),
    ),
    "nl": Phrases(
        welcome="U bent verbonden met {agent}.",
        waiting="Een ogenblik geduld, alle medewerkers zijn in gesprek …",
        greetings=("Goedendag {name}, u spreekt met {agent}.", "Hoi {name}! Waar kan ik je mee helpen?"),
        openers=("Ik heb een vraag over bestelling {order}.", "Hoi, is de {item} nog leverbaar?", "hallo"),
        questions=(
            "Wanneer wordt bestelling {order} bezorgd?",
            "Kan ik de {item} ruilen?",
            "Dat heb ik al geprobeerd…",
            "Wat kost dat, € 5 of € 7,50?",
            "oké",
            "Één ding nog: zaterdags geopend?",
        ),
        answers=(
            "Ik zoek het even voor u op.",
            "Bestelling {order} is vanochtend verzonden.",
            "U kunt de {item} binnen 30 dagen terugsturen.",
            "Dat is inclusief btw.",
            "Natuurlijk, geen probleem.",
        ),
        thanks=("Dank je wel!", "Bedankt {agent} 😊", "Top, tot ziens"),
        closings=("Graag gedaan, {name}. Fijne dag!", "Tot uw dienst!"),
        notes=("Klant belde gisteren ook al.",),
    ),
    "de": Phrases(
        welcome="Sie sind jetzt mit {agent} verbunden.",
        waiting="Bitte haben Sie einen Augenblick Geduld …",
        greetings=("Guten Tag {name}, hier ist {agent}. Was kann ich für Sie tun?",),
        openers=(
            "Guten Tag, es geht um die Bestellung {order}.",
            "Ist „{item}“ auch in Größe 38 lieferbar?",
            "Servus!",
        ),
        questions=(
            "Wann kommt denn die Bestellung {order}?",
            "Kann ich {item} umtauschen?",
            "Muß ich die Straße noch einmal angeben? Äußere Weißenburger Straße 7",
            "Das hab ich schon probiert 🙄",
            "ok",
        ),
        answers=(
            "Einen Moment bitte, ich sehe nach.",
            "Ihre Bestellung {order} ist heute früh verschickt worden.",
            "Sie können {item} innerhalb von 30 Tagen zurückgeben.",
            "Das macht 1.299,00 € inkl. MwSt.",
            "Sehr gerne.",
        ),
        thanks=("Danke!", "Vielen Dank, {agent}.", "Super, tschüß"),
        closings=("Gern geschehen, {name}. Einen schönen Tag noch!",),
        notes=("Rückruf versprochen; siehe Vorgang 4711/ß.",),
    ),
    "es": Phrases(
        welcome="Ahora está hablando con {agent}.",
        waiting="Gracias por esperar, enseguida le atendemos …",
        greetings=("¡Hola {name}! Soy {agent}. ¿En qué puedo ayudarle?",),
        openers=("Hola, ¿qué tal? Es por el pedido {order}.", "¿Tienen {item} en otro color?", "holaaa"),
        questions=(
            "¿Cuándo llega el pedido {order}?",
            "¿Puedo devolver {item}?",
            "Ya lo intenté, no funciona 😤",
            "¿Y mañana? ¡El niño cumple años!",
            "vale",
        ),
        answers=(
            "Un momento, por favor, lo estoy consultando.",
            "El pedido {order} salió esta mañana.",
            "Puede devolver {item} en un plazo de 30 días.",
            "Son 12,50 € con el IVA incluido.",
            "Por supuesto, señor/a.",
        ),
        thanks=("¡Gracias!", "Muchísimas gracias, {agent} 💐", "Perfecto, adiós"),
        closings=("De nada, {name}. ¡Que tenga un buen día!",),
        notes=("Cliente habitual, pidió factura.",),
    ),
    "ja": Phrases(
        welcome="担当の{agent}におつなぎしました。",
        waiting="ただいま混み合っております。少々お待ちください…",
        greetings=("{name}様、お問い合わせありがとうございます。{agent}でございます。",),
        openers=("注文番号{order}について質問があります。", "{item}は在庫ありますか？", "こんにちは(^_^)／"),
        questions=(
            "いつ届きますか？",
            "返品できますか。",
            "ﾊﾝｶｸｶﾅでもいいですか",
            "𠮷野家の前まで届けてほしいです",
            "はい",
        ),
        answers=(
            "確認いたしますので、少々お待ちください。",
            "ご注文{order}は本日発送いたしました。",
            "30日以内でしたら返品を承ります。",
            "送料は¥550です。",
            "かしこまりました。",
        ),
        thanks=("ありがとうございます！", "助かりました🙇‍♀️"),
        closings=("{name}様、またのご利用をお待ちしております。",),
        notes=("折り返し電話希望。",),
    ),
    "ar": Phrases(
        welcome="أنت الآن تتحدث مع {agent}.",
        waiting="شكرًا لانتظارك، سنكون معك قريبًا …",
        greetings=("مرحبًا {name}، معك {agent}. كيف يمكنني مساعدتك؟",),
        openers=("السلام عليكم، لدي سؤال عن الطلب {order}.", "هل يتوفر {item} بلون آخر؟"),
        questions=(
            "متى يصل الطلب {order}؟",
            "هل يمكنني إرجاع {item}؟",
            "جربت ذلك من قبل 😕",
            "\u200fالسعر ٢٥ أم 25 دينارًا؟\u200e",
            "نعم",
        ),
        answers=(
            "لحظة من فضلك، سأتحقق من ذلك.",
            "تم شحن الطلب {order} هذا الصباح.",
            "يمكنك إرجاع {item} خلال ٣٠ يومًا.",
            "بكل سرور.",
        ),
        thanks=("شكرًا جزيلًا!", "ممتاز يا {agent} 🌹"),
        closings=("على الرحب والسعة يا {name}. نهارك سعيد!",),
        notes=("طلب فاتورة.",),
    ),
}
TYPED_ODDLY = (
    'She said "it\'s fine" \\o/',
    "tab\there, line\nbreak there",
    "zero\u200bwidth, soft\u00adhyphen, non\u00a0breaking",
    "e\u0301 is not é, ﬁ is one letter",
    "🏳️‍🌈 👨‍👩‍👧‍👦 🇳🇱 1️⃣",
    "separators\u2028inside\u2029a line",
    "<script>alert('no')</script> & so on",
    "null",
    "=SUM(A1;A2)",
    "Z̷̢͝a̶l̸g̵o̴",
)
"""Now and then, in any language: what breaks careless programs."""
