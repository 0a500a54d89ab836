# Puts shaders and fonts into the binary: an assembler file that includes their bytes, and a C table
# of their names. Without LAYERSCOPE_EMBED the table is empty and files are read from disk.
set(LS_FONT_FILES
  /usr/share/fonts/opentype/inter/Inter-Regular.otf
  /usr/share/fonts/opentype/inter/Inter-SemiBold.otf
  /usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf)

function(ls_embed target)
  set(names)
  set(files)
  if(LAYERSCOPE_EMBED)
    file(GLOB shaders CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/shaders/*)
    foreach(file ${shaders})
      get_filename_component(name ${file} NAME)
      list(APPEND names shaders/${name})
      list(APPEND files ${file})
    endforeach()
    foreach(file ${LS_FONT_FILES})
      if(NOT EXISTS ${file})
        message(FATAL_ERROR "The font ${file} is missing: install fonts-inter and fonts-jetbrains-mono.")
      endif()
      get_filename_component(name ${file} NAME)
      list(APPEND names fonts/${name})
      list(APPEND files ${file})
    endforeach()
  endif()

  set(assembly ".section .rodata\n")
  set(externs "")
  set(rows "")
  set(i 0)
  foreach(name file IN ZIP_LISTS names files)
    string(APPEND assembly ".global embedded_${i}\n.balign 16\nembedded_${i}:\n.incbin \"${file}\"\n"
      ".global embedded_${i}_end\nembedded_${i}_end:\n.byte 0\n")
    string(APPEND externs "extern const unsigned char embedded_${i}[], embedded_${i}_end[];\n")
    string(APPEND rows "    {\"${name}\", embedded_${i}, embedded_${i}_end},\n")
    math(EXPR i "${i} + 1")
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack,\"\",%progbits\n")
  set(table ${CMAKE_CURRENT_BINARY_DIR}/embedded_table.c)
  file(CONFIGURE OUTPUT ${table} @ONLY CONTENT
"#include \"base/embedded_table.h\"

#include <stddef.h>

${externs}
const struct embedded_file embedded_files[] = {
${rows}    {NULL, NULL, NULL}
};
")
  target_sources(${target} PRIVATE ${table})
  if(names)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_data.S)
    file(CONFIGURE OUTPUT ${source} @ONLY CONTENT "${assembly}")
    set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${files}")
    target_sources(${target} PRIVATE ${source})
  endif()
endfunction()
