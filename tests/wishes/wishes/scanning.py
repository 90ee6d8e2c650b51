# README: Virus scanner, scanning.py
