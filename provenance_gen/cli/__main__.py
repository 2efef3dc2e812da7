"""``python -m provenance_gen.cli`` is ``provgen``."""

from provenance_gen.cli import main

if __name__ == "__main__":
    main()
