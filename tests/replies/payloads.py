"""Five hundred ways to make a template do more than it should: Liquid, Jinja, format strings, sheer size."""

import itertools

_CORES = [
    "7*7", "order_no | append: 'x'", "''.__class__.__mro__[1].__subclasses__()", "self.__init__.__globals__",
    "config.items()", "request.application", "order_no.__class__", "order_no['__class__']", "now", "today",
    "'A' | times: 300000000", "(1..300000000)", "(1..9999) | join: order_no", "order_no | date: '%s'",
    "forloop", "tablerow", "cycler.__init__.__globals__.os.popen('id').read()", "lipsum.__globals__",
    "get_flashed_messages.__globals__", "partial", "order_no | map: 'x'", "order_no.size", "order_no.first",
    "order_no | slice: 0, 99999999999999999999", "order_no | truncate: 99999999999999999999", "nil", "blank",
    "'x' | base64_decode", "order_no | url_decode", "[order_no]", "order_no[order_no]", "true", "1.5", "-1",
    "order_no | default: since.__class__", "since | split: ''", "'{{ order_no }}'", "customer.phone", '""',
]  # fmt: skip
_FRAMES = [
    "{{{{ {} }}}}", "{{{{- {} -}}}}", "{{% if {} %}}x{{% endif %}}", "{{% unless {} %}}x{{% endunless %}}",
    "{{% for i in {} %}}{{{{ i }}}}{{% endfor %}}", "{{% assign x = {} %}}{{{{ x }}}}", "{{% echo {} %}}",
    "{{% case {} %}}{{% when 1 %}}x{{% else %}}y{{% endcase %}}", "${{{}}}", "#{{{}}}", "<%= {} %>",
    "{{% raw %}}{{{{ {} }}}}{{% endraw %}}", "{{% render {} %}}",
]  # fmt: skip
_WHOLE = [
    "{% include 'x' %}", "{% capture x %}" + "A" * 50 + "{% endcapture %}{{ x }}{{ x }}", "{% liquid echo 1 %}",
    "{%", "{{", "}}", "%}", "{{{{", "{{ {{ order_no }} }}", "{{ order_no", "{% if since %}", "{% endif %}",
    "{" * 900, "{{" * 400, "{{}}" * 300, "{%%}" * 300, "{{ order_no }}" * 100, "%s%n%x" * 50,
    "{{ " + "order_no | strip " * 60 + "}}", "{% if " + "since and " * 120 + "since %}x{% endif %}",
    "{% if since %}" * 100 + "{% endif %}" * 100, "{0.__class__}", "{order_no.__class__.__init__.__globals__}",
    "<a href='http://evil.example'>x</a>", "[x](http://evil.example)", "\u202e\u0000\u001b[31m", "A" * 1500,
    "{% doc %}x{% enddoc %}", "{% comment %}x{% endcomment %}", "{% increment x %}", "{% cycle 'a', 'b' %}",
    "{% ifchanged %}x{% endifchanged %}", "{% tablerow i in (1..9) %}x{% endtablerow %}", "{{ 'x' 'y' }}",
    "{{ order_no || since }}", "{{ order_no if since else carrier }}", "{{ order_no | }}", "{{ | strip }}",
]  # fmt: skip

INJECTIONS = [frame.format(core) for frame, core in itertools.product(_FRAMES, _CORES)] + _WHOLE
