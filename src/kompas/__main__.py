"""``python -m kompas``: the same as the program ``kompas``."""

from kompas.cli import start

if __name__ == "__main__":
    start()
