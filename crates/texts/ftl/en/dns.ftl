### What to do about a DNS record.

dns_publish = Publish { $name } { $kind } { $value }
dns_publish_alias = Publish { $name } { $kind } { $value }, or the text itself as TXT: { $text }
dns_ask_again = DNS did not answer. The check is repeated by itself.
dns_join_policies = There is more than one such record; receivers then use none. Put one in their place: { $joined }
dns_add_term = The record lacks { $term }. With it, it reads: { $joined }
dns_close_all = The record lets anybody send in this name. Without that, it reads: { $joined }
dns_end_record = End the record in ~all or -all (RFC 7208 §4.7).
dns_drop_ptr = Take the mechanism "ptr" out (RFC 7208 §5.5).
dns_one_key = More than one key stands under this selector. Keep the wanted one only.
dns_revoked_key = The key under this selector is revoked: its p= is empty. Publish the wanted record.
dns_other_key = Another key stands under this selector. Publish the wanted record.
dns_key_kind = The record must say k={ $kind }.
dns_key_hash = The record's h= must allow { $hash }.
dns_key_scope = Take the tag g= out: it restricts the key to some addresses.
dns_key_testing = Take t=y out: it says that the key is only being tested.
dns_one_dmarc = There is more than one DMARC record; receivers then use none. Keep one.
dns_dmarc_policy = The record names no policy. Add p=none, p=quarantine or p=reject.
dns_dmarc_stricter = p=none lets others use the name. Publish p=quarantine or p=reject.
dns_missing_tag = The record has no { $tag }=.
dns_other_hosts = Other mail hosts are named too. They must pass bounces on to ours.
