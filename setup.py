"""The layout of the wheel; everything else about the package is in pyproject.toml."""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(
            include=["v2v_tf", "v2v_tf.*", "serving", "pipeline", "pipeline.*"]
        ),
        "v2v_tf.configs",  # the folder configs/, see [tool.setuptools.package-dir]
    ],
)
