// A band with soft borders: ribbons, and the lines of the ground.
#version 450 core

flat in vec3 hue;
noperspective in vec3 band; // opacity; pixels beside the middle, half the width in pixels
out vec4 color;

void main()
{
    color = vec4(hue, band.x * clamp(band.z + 0.5 - abs(band.y), 0.0, 1.0));
}
