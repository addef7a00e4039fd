"""VGG19 on ImageNet, with the weights of Keras Applications."""

from eyecandy.backbone.architectures._vgg import APPLICATIONS, KERNELS, Vgg
from eyecandy.backbone.weights.files import RemoteFile

# Hash: keras/src/applications/vgg19.py. Licence: the authors' model page.
WEIGHTS = RemoteFile(
    "vgg19",
    "weights",
    f"{APPLICATIONS}/vgg19/vgg19_{KERNELS}",
    574.7,
    "CC BY 4.0",
    md5="cbe5617147190e668d6c5d5026f83318",
)
ARCHITECTURE = Vgg("vgg19", WEIGHTS, files=(WEIGHTS,), convolutions=(2, 2, 4, 4, 4))
