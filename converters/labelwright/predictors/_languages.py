"""Languages by code (ISO 639), and what projects may call them."""

from __future__ import annotations

# Those of two letters that py3langid knows, and a few; the first name is the common one in English.
_NAMES = """
af Afrikaans|am Amharic|an Aragonese|ar Arabic|as Assamese|az Azerbaijani|be Belarusian|bg Bulgarian
bn Bengali,Bangla|br Breton|bs Bosnian|ca Catalan|cs Czech|cy Welsh|da Danish|de German,Deutsch
dz Dzongkha|el Greek|en English|eo Esperanto|es Spanish,Español,Castilian|et Estonian|eu Basque
fa Persian,Farsi|fi Finnish|fo Faroese|fr French,Français|ga Irish|gl Galician|gu Gujarati|he Hebrew
hi Hindi|hr Croatian|ht Haitian Creole,Haitian|hu Hungarian|hy Armenian|id Indonesian|is Icelandic
it Italian,Italiano|ja Japanese|jv Javanese|ka Georgian|kk Kazakh|km Khmer|kn Kannada|ko Korean|ku Kurdish
ky Kyrgyz|la Latin|lb Luxembourgish|lo Lao|lt Lithuanian|lv Latvian|mg Malagasy|mk Macedonian|ml Malayalam
mn Mongolian|mr Marathi|ms Malay|mt Maltese|nb Norwegian Bokmål,Norwegian|ne Nepali|nl Dutch
nn Norwegian Nynorsk,Norwegian|no Norwegian|oc Occitan|or Odia,Oriya|pa Punjabi|pl Polish|ps Pashto
pt Portuguese,Português|qu Quechua|ro Romanian|ru Russian|rw Kinyarwanda|se Northern Sami|si Sinhala
sk Slovak|sl Slovenian,Slovene|sq Albanian|sr Serbian|sv Swedish|sw Swahili|ta Tamil|te Telugu|th Thai
tl Tagalog,Filipino|tr Turkish|ug Uyghur|uk Ukrainian|ur Urdu|uz Uzbek|vi Vietnamese|vo Volapük
ba Bashkir|fy West Frisian,Frisian|gd Scottish Gaelic|ha Hausa|ig Igbo|lg Luganda,Ganda|ln Lingala|my Burmese
om Oromo|sa Sanskrit|sn Shona|so Somali|st Sotho|tg Tajik|tk Turkmen|tt Tatar|yo Yoruba|yue Cantonese
grc Ancient Greek|wa Walloon|xh Xhosa|zh Chinese,Mandarin|zu Zulu
"""


def names() -> dict[str, tuple[str, ...]]:
    """Names by code, the common one first."""
    rows = (row.strip().partition(" ") for line in _NAMES.strip().splitlines() for row in line.split("|"))
    return {code: tuple(said.split(",")) for code, _, said in rows}
