### Was die API und die Formulare des Kontos sagen, wenn etwas abgelehnt wird. Was ein Programmteil
### dem Protokoll und der Kommandozeile sagt, steht dort.

errors_bad_request = Die Anfrage war nicht lesbar: { $problem }
errors_not_signed_in = Ein gültiges Token ist nötig.
errors_forbidden = Dieses Token darf das nicht.
errors_not_found = Das gibt es in diesem Konto nicht.
errors_conflict = Das wurde inzwischen geändert oder schon entschieden. Bitte laden Sie den jetzigen Stand.
errors_request_unfinished = Eine Anfrage mit diesem Schlüssel wird gerade ausgeführt, oder ihr Ende ist nicht bekannt. Bitte sehen Sie nach, bevor Sie sie mit einem anderen Schlüssel wiederholen.
errors_key_reused = Dieser Schlüssel wurde für eine andere Anfrage benutzt.
errors_too_large = Die Anfrage ist größer als { $limit } Bytes.
errors_too_many = Das war zu oft. Bitte versuchen Sie es in { $seconds ->
        [one] einer Sekunde
       *[other] { $seconds } Sekunden
    } erneut.
errors_unavailable = Der Dienst kann das im Augenblick nicht ausführen. Es wurde nichts geändert. Bitte versuchen Sie es erneut.
errors_internal = Der Fehler liegt bei uns und wurde unter der Nummer { $number } festgehalten.
errors_required = { $field } fehlt.
errors_too_long = { $field } darf höchstens { $limit } Zeichen haben.
errors_too_short = { $field } muss mindestens { $limit } Zeichen haben.
errors_control_characters = { $field } enthält Zeichen, die nicht erlaubt sind, zum Beispiel Zeilenumbrüche.
errors_bad_email = { $field } ist keine vollständige E-Mail-Adresse.
errors_no_reply_address = { $field } ist eine No-Reply-Adresse. Empfänger müssen antworten können: Bitte geben Sie eine Adresse an, die jemand liest.
errors_bad_choice = { $field } muss eines davon sein: { $choices }.
errors_bad_merge_field = Es gibt kein Platzhalterfeld „{ $name }“.
