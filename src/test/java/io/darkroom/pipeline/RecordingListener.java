package io.darkroom.pipeline;

import java.util.ArrayList;
import java.util.List;

/** Remembers what it is told. */
public class RecordingListener implements PipelineListener {
  final List<String> steps = new ArrayList<>();
  final List<String> passes = new ArrayList<>();
  final List<String> warnings = new ArrayList<>();
  final List<String> details = new ArrayList<>();

  @Override
  public void onStep(int step, int all) {
    steps.add(step + "/" + all);
  }

  @Override
  public void onPass(PassShare pass) {
    passes.add(pass.number() + "/" + pass.count());
  }

  @Override
  public void onWarning(String message) {
    warnings.add(message);
  }

  @Override
  public void onDetail(String message) {
    details.add(message);
  }
}
