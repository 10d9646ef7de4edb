### Was mit einem DNS-Eintrag zu tun ist.

dns_publish = Veröffentlichen Sie { $name } { $kind } { $value }
dns_publish_alias = Veröffentlichen Sie { $name } { $kind } { $value } oder den Text selbst als TXT: { $text }
dns_ask_again = DNS hat nicht geantwortet. Die Prüfung wird von selbst wiederholt.
dns_join_policies = Es gibt mehr als einen solchen Eintrag; Empfänger beachten dann keinen. Ersetzen Sie alle durch einen: { $joined }
dns_add_term = Im Eintrag fehlt { $term }. Damit lautet er: { $joined }
dns_close_all = Der Eintrag erlaubt allen, in diesem Namen zu senden. Ohne das lautet er: { $joined }
dns_end_record = Der Eintrag soll mit ~all oder -all enden (RFC 7208 §4.7).
dns_drop_ptr = Nehmen Sie den Mechanismus „ptr“ heraus (RFC 7208 §5.5).
dns_one_key = Unter diesem Selektor steht mehr als ein Schlüssel. Behalten Sie nur den gewünschten.
dns_revoked_key = Der Schlüssel unter diesem Selektor ist widerrufen: Sein p= ist leer. Veröffentlichen Sie den gewünschten Eintrag.
dns_other_key = Unter diesem Selektor steht ein anderer Schlüssel. Veröffentlichen Sie den gewünschten Eintrag.
dns_key_kind = Der Eintrag muss k={ $kind } nennen.
dns_key_hash = Das h= des Eintrags muss { $hash } erlauben.
dns_key_scope = Nehmen Sie g= heraus: Es beschränkt den Schlüssel auf einzelne Adressen.
dns_key_testing = Nehmen Sie t=y heraus: Es sagt, dass der Schlüssel nur erprobt wird.
dns_one_dmarc = Es gibt mehr als einen DMARC-Eintrag; Empfänger beachten dann keinen. Behalten Sie einen.
dns_dmarc_policy = Der Eintrag nennt keine Regel. Ergänzen Sie p=none, p=quarantine oder p=reject.
dns_dmarc_stricter = Mit p=none können andere den Namen benutzen. Veröffentlichen Sie p=quarantine oder p=reject.
dns_missing_tag = Dem Eintrag fehlt { $tag }=.
dns_other_hosts = Andere Mailhosts sind auch genannt. Sie müssen Rückläufer an unseren weitergeben.
