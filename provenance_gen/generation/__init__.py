"""Models, pipelines and the recorder. The only room that imports torch."""
