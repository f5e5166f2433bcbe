# What opens our files in tests, by environment; TRL and its like without torch, which they need
# to train only; vi-sdk with the httpx that it imports.
READERS_TRAINING := 'datasets==3.6.0' 'transformers>=5,<6' jinja2 soundfile 'together==2.14.0'
READERS_TRL := 'trl>=1,<2' 'llamafactory==0.9.5' 'ms-swift>=4.6,<5'
READERS_MISTRAL := 'mistral-common[image]==1.13.1'
READERS_VI := 'vi-sdk==0.1.0b7' 'httpx<1' datasets
READERS_AUDIO := 'pyannote.database>=6,<7' 'meeteval>=0.4,<0.5' 'srt>=3,<4' 'webvtt-py>=0.5,<0.6'
READERS_VISION := 'pycocotools>=2.0.8' 'faster-coco-eval>=1.8' 'datumaro>=1.13' 'supervision>=0.31' 'labelformat>=0.1.17' 'transformers>=5,<6' 'trackeval>=1.3,<2'
READERS_QWEN := 'qwen-vl-utils==0.0.14'# it asks for torch, which its arithmetic does not use
READERS_ML := 'label-studio-ml==1.0.9' 'redis>=5' 'rq>=1.10' 'gunicorn>=22'# for a benchmark; it imports redis and rq and does not say so
