"""Bring a data set of others into emo's form: `python -m emo.import_data source=FOLDER`.

python -m emo.import_data source=Downloads/fer2013 folder=data/fer2013 map.fear=drop
"""

from omegaconf import DictConfig

from emo.cli import command


@command("import_data")
def main(cfg: DictConfig) -> None:
    """Import and report."""
    from emo.config import build, check_config
    from emo.importing.summary import print_report

    check_config(cfg)
    print_report(build(cfg.importer))


if __name__ == "__main__":
    main()
