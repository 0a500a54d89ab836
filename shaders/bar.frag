#version 450 core

flat in vec3 base;
out vec4 color;

void main()
{
    color = vec4(base, 1.0);
}
