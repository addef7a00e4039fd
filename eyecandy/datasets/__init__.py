"""Many photos: detection over whole data sets, in a pipeline that can be stopped at any time and goes on later."""
