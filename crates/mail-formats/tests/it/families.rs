//! Families of bounces, answers and harmless mail in a few words each, written for this test: what
//! makes a family is its grammar, not its mails.

use mail_formats::console;
use mail_formats::rules::RuleSet;

/// From, subject, further header lines, text, and the row that it must give.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str);

const EMPTY_PATH: &str = "Return-Path: <>\n";

const BOUNCES: &[Case] = &[
    (
        "MAILER-DAEMON@mx.example",
        "failure notice",
        EMPTY_PATH,
        "Hi. This is the qmail-send program at mx.example.\n\n<ada@a.example>:\nRemote host said: 550 user unknown\nGiving up on 192.0.2.1.\n\n--- Below this line is a copy of the message.\n\nReceived: x\nFrom: b@house.example\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "MAILER-DAEMON@mx.example",
        "failure notice",
        EMPTY_PATH,
        "Your message could not be delivered.\nSu mensaje no pudo ser entregado.\n\n<ada@a.example>:\nRemote host said: 552 mailbox full\n\n--- Below this line is a copy of the message.\n\nReceived: x\nFrom: b@house.example\n",
        "bounce\tada@a.example\tsoft",
    ),
    (
        "Mail Delivery System <Mailer-Daemon@mx.example>",
        "Mail delivery failed: returning message to sender",
        "",
        "This message was created automatically by mail delivery software.\n\nThe following address(es) failed:\n\n  ada@a.example\n    host mx.a.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<ada@a.example>:\n    550 No such user\n\n------ This is a copy of the message ------\n\nReturn-path: <b@house.example>\nFrom: b@house.example\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "Mail Delivery System <Mailer-Daemon@mx.example>",
        "Mail delivery failed: returning message to sender",
        "",
        "A message sent by\n\n  <b@house.example>\n\ncould not be delivered to one or more of its recipients. The following\naddress(es) failed:\n\n  ada@a.example\n    retry timeout exceeded\n\n------ This is a copy of the message ------\n\nReturn-path: <b@house.example>\nFrom: b@house.example\n",
        "bounce\tada@a.example\tsoft",
    ),
    (
        "Mail Delivery System <Mailer-Daemon@mx.example>",
        "Warning: message 1abc delayed 24 hours",
        "",
        "This message was created automatically by mail delivery software.\nThe address to which the message has not yet been delivered is:\n\n  ada@a.example\n    Delay reason: Connection timed out\n\nNo action is required on your part.\n",
        "bounce\tada@a.example\tnone",
    ),
    (
        "MAILER-DAEMON@mx.example (Mail Delivery System)",
        "Undelivered Mail Returned to Sender",
        EMPTY_PATH,
        "This is the Postfix program at host mx.example.\n\nFor further assistance, please send mail to <postmaster>\n\n<ada@a.example>: host mx.a.example[192.0.2.1] said: 554 5.7.1 Client host\n    blocked using a list (in reply to RCPT TO command)\n",
        "bounce\tada@a.example\tsoft",
    ),
    (
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>",
        "Returned mail: User unknown",
        "",
        "The original message was received at Mon, 1 Jan 2001\nfrom host.example [192.0.2.1]\n\n   ----- The following addresses had permanent fatal errors -----\n<ada@a.example>\n\n   ----- Transcript of session follows -----\n... while talking to mx.a.example.:\n>>> RCPT To:<ada@a.example>\n<<< 550 <ada@a.example>... User unknown\n550 <ada@a.example>... User unknown\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>",
        "Returned mail: see transcript",
        "",
        "   ----- The following addresses had permanent fatal errors -----\n\"|/usr/bin/filter\"\n    (expanded from: <ada@a.example>)\n\n   ----- Transcript of session follows -----\n554 5.3.0 unknown mailer error 1\n",
        "bounce\tada@a.example\tsoft",
    ),
    (
        "MAILER-DAEMON@mx.example",
        "mail failed, returning to sender",
        "",
        "|------------------------- Failed addresses follow: ---------------------|\n <ada@a.example> ... unknown user\n|------------------------- Message text follows: ----------------------|\nReceived: by x\nFrom: b@house.example\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "MDaemon@mx.example",
        "Permanent Delivery Failure",
        "",
        "The following addresses did NOT receive a copy of your message:\n\n> ada@a.example\n\n--- Session Transcript ---\n<-- 550 Requested action not taken: no such mailbox\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "Postmaster <postmaster@mx.example>",
        "Undeliverable Mail",
        "",
        "User mailbox exceeds allowed size: ada@a.example\n\nOriginal message follows.\n\nReceived: from x\nFrom: b@house.example\n",
        "bounce\tada@a.example\tsoft",
    ),
    (
        "Postmaster <postmaster@mx.example>",
        "Undeliverable Mail",
        "",
        "Invalid final delivery userid: ada@a.example\n\nOriginal message follows.\n\nReceived: from x\nFrom: b@house.example\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "System Administrator <postmaster@mx.example>",
        "Undeliverable: Hello",
        "",
        "Your message\n\n  To:      somebody@house.example\n  Subject: Hello\n  Sent:    Mon, 1 Jan 2001\n\ndid not reach the following recipient(s):\n\nc=US;a= ;p=x;o=y;dda:SMTP=ada@a.example; on Mon, 1 Jan 2001\n    The recipient name is not recognized\n    MSEXCH:IMS:X:Y:Z 0 (000C05A6) Unknown Recipient\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "postmaster@mx.example",
        "Delivery Status Notification (Failure)",
        "",
        "This is an automatically generated Delivery Status Notification.\n\nDelivery to the following recipients failed.\n\n       ada@a.example\n",
        "bounce\tada@a.example\tsoft",
    ),
    (
        "Microsoft Outlook <postmaster@mx.example>",
        "Unzustellbar: Hallo",
        EMPTY_PATH,
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger:\n\nada@a.example<mailto:ada@a.example>\nDie eingegebene E-Mail-Adresse konnte nicht gefunden werden.\n\nDiagnoseinformationen für Administratoren:\nada@a.example\nRemote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "Postmaster@mx.example",
        "DELIVERY FAILURE: User ada not listed in Domino Directory",
        "",
        "Your message\n\n  Subject: Hello\n\nwas not delivered to:\n\n  ada@a.example\n\nbecause:\n\n  User ada (ada@a.example) not listed in Domino Directory\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "Postmaster@mx.example",
        "Message status - undeliverable",
        "",
        "The message that you sent was undeliverable to the following:\n\tada (user not found)\n\nPossibly truncated original message follows:\n\nReceived: from x\nFrom: b@house.example\n",
        "bounce\tada@mx.example\thard",
    ),
    (
        "MAILER-DAEMON@aol.example",
        "Mail Delivery Problem",
        "",
        "Your mail to the following recipients could not be delivered because they are not accepting mail from b@house.example:\n\tada\n",
        "bounce\tada@aol.example\tsoft",
    ),
    (
        "MAILER-DAEMON@yahoo.example",
        "Delivery failure",
        "",
        "Message from yahoo.example.\nUnable to deliver message to the following address(es).\n\n<ada@a.example>:\nThis user doesn't have a yahoo.example account\n\n--- Original message follows.\n\nReturn-Path: <b@house.example>\nReceived: x\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        "X-Failed-Recipients: ada@a.example\n",
        "** Address not found **\n\nYour message wasn't delivered to ada@a.example because the address couldn't be found, or is unable to receive mail.\n\nThe response was:\n550 5.1.1 The email account that you tried to reach does not exist. gsmtp\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Delay)",
        "",
        "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to ada@a.example. Gmail will retry for 46 more hours. You'll be notified if the delivery fails permanently.\n",
        "bounce\tada@a.example\tnone",
    ),
    (
        "mailer-daemon@mx.example",
        "NOTICE: mail delivery status.",
        "",
        "This is a delivery status notification from mx.example, running the Courier mail server.\n\nThe original message was received on Mon, 1 Jan 2001\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<ada@a.example>:\n    <<< 550 User unknown.\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "MAILER-DAEMON <>",
        "Mail delivery failed",
        "",
        "This is the DragonFly Mail Agent at mx.example.\n\nThere was an error delivering your mail to <ada@a.example>.\n\nmx.a.example did not like our RCPT TO:\n550 no such user here\n\nOriginal message follows.\n\nReceived: from x\nTo: ada@a.example\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "postmaster@mx.example",
        "Message not delivered",
        "",
        "Message from InterScan E-Mail VirusWall NT\n\n** Unable to deliver message to:\nRCPT TO: <ada@a.example>\n550 unknown user\n\n**** End of message ****\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "postmaster@mx.example",
        "Undeliverable message",
        "",
        "Your message was not delivered to the following recipients:\n\n    ada@a.example\n\nReason: Rule imposed mailbox access for b@house.example refused\n",
        "bounce\tada@a.example\tsoft",
    ),
    (
        "MAILER-DAEMON@mx.example",
        "Undelivered mail",
        "",
        "This is the deliver program at mx.example.\n\nada@a.example\nuser has exceeded quota\n\n-- Original message --\nReceived: x\nFrom: b@house.example\n",
        "bounce\tada@a.example\tsoft",
    ),
    (
        "Mail Administrator <Postmaster@mx.example>",
        "Mail System Error - Returned Mail",
        "",
        "This Message was undeliverable due to the following reason:\n\nYour message was not delivered because the destination computer was not found.\n\nThe following recipients did not receive this message:\n\n     <ada@a.example>\n\nPlease reply to Postmaster@mx.example\nif you feel this message to be in error.\n",
        "bounce\tada@a.example\tsoft",
    ),
    (
        "Internet Mail Delivery <postmaster@mx.example>",
        "Delivery Notification: Delivery has failed",
        "",
        "This report relates to a message you sent with the following header fields:\n\n  Message-id: <x@house.example>\n  From: b@house.example\n  To: ada@a.example\n\nYour message cannot be delivered to the following recipients:\n\n  Recipient address: ada@a.example\n  Reason: Remote SMTP server has rejected address\n  Diagnostic code: smtp;550 user unknown\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "LSMTP for Windows NT <postmaster@mx.example>",
        "Undelivered mail",
        "",
        "--> Error description:\n\nError-for:  ada@a.example\nError-Code: 3\nError-Text: No such local user\n\nError-End: One error reported.\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "<Postmaster@ezweb.example>",
        "Mail System Error - Returned Mail",
        "",
        "次のあて先へのメッセージはエラーのため送信できませんでした。\n\n    Recipient: <ada@a.example>\n    >>> RCPT TO:<ada@a.example>\n    <<< 550 <ada@a.example>: User unknown\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "postmaster@mx.example",
        "Undeliverable message",
        EMPTY_PATH,
        "The user(s) account is temporarily over quota.\n\n<ada@a.example>\n",
        "bounce\tada@a.example\tsoft",
    ),
    (
        "mailer-daemon@mx.example",
        "Niedostarczona poczta",
        EMPTY_PATH,
        "Twoja wiadomość nie mogła zostać dostarczona.\n\n<ada@a.example>: użytkownik nie istnieje\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "postmaster@mx.example",
        "Недоставленное сообщение",
        EMPTY_PATH,
        "Ваше сообщение не может быть доставлено:\n\n  ada@a.example\n    550 пользователь не найден\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "PostMaster@mx.example",
        "系统退信",
        "",
        "抱歉，您的邮件被退回来了。\n无法发送到 ada@a.example\n退信原因: 收件人邮箱不存在\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "postmaster@mx.example",
        "Avis de non-remise",
        EMPTY_PATH,
        "Votre message n'a pas pu être remis à :\n\nada@a.example : utilisateur inconnu\n",
        "bounce\tada@a.example\thard",
    ),
    (
        "Mail Delivery System <mailer-daemon@mx.example>",
        "Mail delivery failed",
        "",
        "The following address failed:\n\n\"ada@a.example\":\nSMTP error from remote server after transfer of mail text:\nReason: 554 message looks like spam\n\n--- The header of the original message is following. ---\n\nReceived: x\nFrom: b@house.example\n",
        "bounce\tada@a.example\tsoft",
    ),
    (
        "Mailer-Daemon@mx.example",
        "Returned mail: two failed",
        "",
        "The following recipients could not be reached:\n\nada@a.example: 550 no such user\nbob@b.example: 552 quota exceeded\n",
        "bounce\tada@a.example;bob@b.example\thard;soft",
    ),
    (
        "Ada <ada@a.example>",
        "Fwd: Undelivered Mail Returned to Sender",
        "",
        "Look at this.\n\n---------- Forwarded message ---------\n> From: Mail Delivery System <MAILER-DAEMON@mx.example>\n> Subject: Undelivered Mail Returned to Sender\n> To: <ada@a.example>\n>\n> I'm sorry to have to inform you that your message could not be delivered.\n>\n> <bob@b.example>: host mx said: 550 5.1.1 user unknown\n",
        "bounce\tbob@b.example\thard",
    ),
];

/// Proves B1–B5 for notices in plain words: each family is read by its grammar.
#[test]
fn b1_b5_families_of_bounces_are_read() {
    check(BOUNCES);
}

const ANSWERS: &[Case] = &[
    ("Ada <ada@a.example>", "Automatische Antwort: Hallo", "", "Ich bin bis Montag nicht im Büro.", "autoreply\t\t"),
    ("Ada <ada@a.example>", "Out of Office: Hello", "", "Back on Monday.", "autoreply\t\t"),
    ("Ada <ada@a.example>", "Re: Hello", "Auto-Submitted: auto-replied\n", "I received your mail.", "autoreply\t\t"),
    (
        "Ada <ada@a.example>",
        "Re: Hello",
        EMPTY_PATH,
        "I am out of the office until Monday. My successor's mailbox is bob@a.example.",
        "autoreply\t\t",
    ),
    ("Ada <ada@a.example>", "Réponse automatique : Bonjour", "", "Je suis absente.", "autoreply\t\t"),
    ("Ada <ada@a.example>", "Respuesta automática: Hola", "", "Estoy de vacaciones.", "autoreply\t\t"),
    ("Ada <ada@a.example>", "自動返信: こんにちは", "", "不在にしております。", "autoreply\t\t"),
    ("Ada <ada@a.example>", "Autosvar: Hej", "", "Semester.", "autoreply\t\t"),
    ("Ada <ada@a.example>", "Автоответ: привет", "", "Я в отпуске.", "autoreply\t\t"),
    (
        "Ada <ada@a.example>",
        "Please confirm your message",
        "",
        "Your message is being held. Click the link below to confirm that you are a real person.",
        "autoreply\t\t",
    ),
    (
        "Ada <ada@a.example>",
        "Re: Hello",
        "",
        "I use spamblocker. Just reply to this message to be added to my allowed senders.",
        "autoreply\t\t",
    ),
];

/// Proves RFC 3834's part of M9: answers of programs are no bounces and no letters.
#[test]
fn m9_answers_of_programs_are_known() {
    check(ANSWERS);
}

const HARMLESS: &[Case] = &[
    (
        "Parcels <no-reply@parcels.example>",
        "Delivery status of your parcel",
        "",
        "Your parcel could not be delivered: the address was not found. Contact help@parcels.example.",
        "other\t\t",
    ),
    (
        "Postmaster Paul <postmaster@b.example>",
        "Delivery problems yesterday",
        "",
        "Dear customers,\n\nyesterday some mail could not be delivered. Write to ada@a.example if yours was lost.\n\nPaul",
        "other\t\t",
    ),
    (
        "Ada <ada@a.example>",
        "Re: Undeliverable: Hello",
        "",
        "Strange, my mailbox is not full. Try bob@b.example.\n\n> Your message did not reach the following recipient(s):\n> ada@a.example",
        "other\t\t",
    ),
    (
        "Ada <ada@a.example>",
        "Mail delivery failed?",
        "List-Id: <mail-admins.example>\n",
        "Has anybody seen this?\n\n  550 5.1.1 <bob@b.example>: user unknown\n\nAda",
        "other\t\t",
    ),
    (
        "root@host.example",
        "Cron <root@host> run-parts",
        "",
        "/etc/cron.daily: disk quota exceeded\nadmin@host.example",
        "other\t\t",
    ),
    (
        "Shop <news@shop.example>",
        "New delivery options",
        "List-Unsubscribe: <https://shop.example/u>\n",
        "We deliver to the following addresses in your town.",
        "other\t\t",
    ),
    ("Ada <ada@a.example>", "Vacation photos from Rome", "", "Look what we did on vacation!", "other\t\t"),
    (
        "Anna <anna@example.com>",
        "Lieferung",
        "",
        "Das Paket konnte nicht zugestellt werden, ich frage bei bob@b.example nach.",
        "other\t\t",
    ),
    (
        "System <monitoring@host.example>",
        "Warning: mail queue is large",
        "Auto-Submitted: auto-generated\n",
        "There are 400 messages, oldest to ada@a.example: Connection timed out",
        "other\t\t",
    ),
];

/// Mail that speaks of bounces and is none raises no alarm.
#[test]
fn mail_about_bounces_is_no_bounce() {
    check(HARMLESS);
}

fn check(cases: &[Case]) {
    let mut wrong = String::new();
    for (from, subject, header, text, expected) in cases {
        let raw = format!(
            "{header}From: {from}\nTo: b@house.example\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
        );
        let said = console::table_row(RuleSet::built_in(), raw.as_bytes());
        if said != *expected {
            let why = console::explanation(RuleSet::built_in(), raw.as_bytes());
            wrong.push_str(&format!("\n{subject}: {text}\n  expected {expected:?}, got {said:?}\n{why}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
