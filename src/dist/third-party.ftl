<#-- The list of what a distribution contains; the license-maven-plugin fills in the libraries. -->
Darkroom is under the Apache License 2.0 (LICENSE), and so is the model models/scenes.

It contains the works of others. The texts of their licences are in the folder licenses: in a file with the work's
name, or of the licence's, or in a folder with the library's name. For works under the Apache License 2.0 it is LICENSE.

Native libraries
----------------

  libtorch                      BSD-3-Clause (pytorch.txt), https://github.com/pytorch/pytorch; in it, among others,
                                oneDNN (Apache-2.0), Intel oneMKL (onemkl.txt; on x86-64), FBGEMM, XNNPACK, cpuinfo,
                                sleef, protobuf; https://github.com/pytorch/pytorch/tree/v2.7.1/third_party
                                has the licence of each
  libgomp                       GPL-3.0-or-later with the GCC Runtime Library Exception 3.1 (GPL-3.txt,
                                GCC-exception.txt), https://gcc.gnu.org
  libdjl_torch, libtokenizers   Apache-2.0, https://github.com/deepjavalibrary/djl; in the second Hugging Face
                                tokenizers (Apache-2.0), https://github.com/huggingface/tokenizers
  libwebp-imageio               Apache-2.0; in it libwebp, BSD-3-Clause (libwebp.txt), https://chromium.googlesource.com/webm/libwebp
  libjnidispatch                Apache-2.0 or LGPL-2.1-or-later, https://github.com/java-native-access/jna; in it libffi (MIT)

Java runtime
------------

  lib/runtime                   GPL-2.0-only with the Classpath Exception; lib/runtime/legal has the texts for each part,
                                lib/runtime/release says which build it is; https://openjdk.org

Java libraries
--------------

The jars of DJL's tokenizers and pytorch-jni, of JNA and of webp-imageio are changed: their native libraries are taken out.

<#list dependencyMap as e>
<#assign project = e.getKey()/>
<#assign licenses = e.getValue()/>
  ${project.groupId}:${project.artifactId}:${project.version}
      <#list licenses as license>${license}<#sep>; </#list><#if project.url??>, ${project.url}</#if>
</#list>
