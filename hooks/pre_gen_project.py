"""A last look at the answers, for those that a replay file brought past the questions.

Cookiecutter renders this file before it runs it. The filter below judges while it is rendered, with
the rules of local_extensions.py: an answer that can't be used ends the program with one line.
{{ cookiecutter | last_look }}
"""
