"""One parser for each foreign tool: a carrier and its siblings to a claim, or None.

Each module names the source it follows. A parser knows its tool by the content of the text, never
by the key alone, and raises nothing for any content.
"""
