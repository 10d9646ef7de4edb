### What the API and the forms of the account say when something is refused. What a crate tells
### logs and command line stands in that crate.

errors_bad_request = The request could not be read: { $problem }
errors_not_signed_in = A valid token is needed.
errors_forbidden = This token may not do that.
errors_not_found = There is no such thing in this account.
errors_conflict = Somebody changed or decided that meanwhile. Please load the present state.
errors_request_unfinished = A request with this key is being carried out, or its end is not known. Please look before you repeat it with another key.
errors_key_reused = This key was used for another request.
errors_too_large = The request is larger than { $limit } bytes.
errors_too_many = That was too often. Please try again in { $seconds ->
        [one] one second
       *[other] { $seconds } seconds
    }.
errors_unavailable = The service cannot carry this out at the moment. Nothing was changed. Please try again.
errors_internal = The fault is ours, and it was recorded under the number { $number }.
errors_required = { $field } is missing.
errors_too_long = { $field } may have at most { $limit } characters.
errors_too_short = { $field } must have at least { $limit } characters.
errors_control_characters = { $field } contains characters that are not allowed, such as line breaks.
errors_bad_email = { $field } is not a complete e-mail address.
errors_no_reply_address = { $field } is a no-reply address. People must be able to reply: please enter an address that somebody reads.
errors_bad_choice = { $field } must be one of: { $choices }.
errors_bad_merge_field = There is no merge field “{ $name }”.
