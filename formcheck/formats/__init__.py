"""Results for other programs, and keypoints from them: tables, motion-capture files and pose datasets."""
