"""VGG16 on ImageNet, with the weights of Keras Applications."""

from eyecandy.backbone.architectures._vgg import APPLICATIONS, KERNELS, Vgg
from eyecandy.backbone.weights.files import RemoteFile

# Hash: keras/src/applications/vgg16.py. Licence: the authors' model page.
WEIGHTS = RemoteFile(
    "vgg16",
    "weights",
    f"{APPLICATIONS}/vgg16/vgg16_{KERNELS}",
    553.5,
    "CC BY 4.0",
    md5="64373286793e3c8b2b4e3219cbf3544b",
)
ARCHITECTURE = Vgg("vgg16", WEIGHTS, files=(WEIGHTS,), convolutions=(2, 2, 3, 3, 3))
