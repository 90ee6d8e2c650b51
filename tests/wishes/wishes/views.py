# README: Form for everybody, views.py
