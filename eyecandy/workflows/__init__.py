"""What a person does with photos and networks: paint, look, make again, without saying where they sit.

The command line, the page and notebooks call these, and say in their own way what they are told meanwhile. Nothing here
prints. Importing it does not start TensorFlow.
"""
