### Tage und Zahlen, wie Menschen sie schreiben.

dates_day = { $day }. { $month ->
        [1] Januar
        [2] Februar
        [3] März
        [4] April
        [5] Mai
        [6] Juni
        [7] Juli
        [8] August
        [9] September
        [10] Oktober
        [11] November
       *[12] Dezember
    } { $year }
dates_short = { $day }. { $month ->
        [1] Jan.
        [2] Feb.
        [3] März
        [4] Apr.
        [5] Mai
        [6] Juni
        [7] Juli
        [8] Aug.
        [9] Sep.
        [10] Okt.
        [11] Nov.
       *[12] Dez.
    }
dates_hour = { $day } um { $time }
dates_moment = { $day } um { $time } Uhr ({ $zone })
dates_percent = { $whole },{ $hundredths } %
